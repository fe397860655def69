import { createHash } from 'node:crypto';
import { PatternPivotError } from '../domain/errors.ts';
import { mainVideo, type MediaInfo } from '../domain/media.ts';
import { fromMemberMs, heardMembers, type Source, type SourceMember } from '../domain/source.ts';
import { align } from '../stages/align/align.ts';
import { nameSpeakers } from '../stages/align/name-speakers.ts';
import { readLevels, speechLevel } from '../stages/hear/member-levels.ts';
import type { StageCache, StageContext } from '../stages/stage.ts';
import type { FetchOptions } from './fetch-media.ts';
import type { IndexDatabase } from './index-database.ts';
import { openSource } from './sources.ts';

/** More files are no recording of a conversation. */
const maxMembers = 16;

/**
 * Opens several files as one recording: microphones and cameras, lined up by their sound, with the speakers' names from the
 * names of their files. @throws input.recording_of_one, input.recording_of_many, input.same_file_twice, input.no_audio,
 * input.not_aligned, and what opening a source throws
 */
export async function openRecording(
  named: readonly string[],
  world: { readonly index: IndexDatabase; readonly cache: StageCache; readonly fetching?: FetchOptions },
  context: StageContext,
): Promise<Source> {
  assertCount(named);
  const files: Source[] = [];
  for (const name of named) {
    const file = await openSource(name, world.index, context, world.fetching);
    const same = files.find(({ contentHash }) => contentHash === file.contentHash);
    if (same !== undefined) {
      throw new PatternPivotError(
        'input.same_file_twice',
        `These are the same file: ${same.path}, ${file.path}`,
        {
          hint: 'Name each file of the recording once.',
          context: { paths: [same.path, file.path] },
        },
      );
    }
    files.push(file);
  }
  const places = await align(files, { cache: world.cache }, context);
  const loudest: (number | undefined)[] = [];
  for (const file of files)
    loudest.push(speechLevel(await readLevels(file, { cache: world.cache }, context)));
  const speakers = nameSpeakers(
    files.map(({ path, info }) => ({ path, hasPicture: mainVideo(info) !== undefined })),
  );
  const members = files.map(({ path, contentHash, info }, index): SourceMember => ({
    path,
    contentHash,
    info,
    offsetMs: places[index]?.offsetMs ?? 0,
    driftPpm: places[index]?.driftPpm ?? 0,
    speaker: speakers[index],
    speechDbfs: loudest[index],
  }));
  return joinMembers(members);
}

function assertCount(named: readonly string[]): void {
  if (named.length >= 2 && named.length <= maxMembers) return;
  const [code, hint] =
    named.length < 2
      ? ([
          'input.recording_of_one',
          'Name two files or more, or make clips of the one file as it is.',
        ] as const)
      : (['input.recording_of_many', 'Name the microphones and cameras of one conversation.'] as const);
  throw new PatternPivotError(
    code,
    `A recording has 2 to ${maxMembers} files, and ${named.length === 1 ? '1 was' : `${named.length} were`} named.`,
    { hint, context: { count: named.length } },
  );
}

/** One source of lined-up files. */
export function joinMembers(members: readonly SourceMember[]): Source {
  const first = members[0];
  if (first === undefined) throw new PatternPivotError('input.recording_of_one', 'A recording has no files.');
  const hash = createHash('sha256');
  for (const { contentHash, offsetMs, driftPpm } of members)
    hash.update(`${contentHash} ${offsetMs} ${driftPpm}\n`);
  const seen = members.find(({ info }) => mainVideo(info) !== undefined);
  const heard = heardMembers({ ...first, members })[0] ?? first;
  const endMs = Math.max(...members.map((member) => fromMemberMs(member, member.info.durationMs)));
  const info: MediaInfo = {
    container: first.info.container,
    durationMs: Math.round(endMs),
    sizeBytes: members.reduce((sum, member) => sum + member.info.sizeBytes, 0),
    video: seen?.info.video ?? first.info.video,
    audio: heard.info.audio,
    tags: first.info.tags,
  };
  return { path: first.path, contentHash: `sha256:${hash.digest('hex')}`, info, members };
}
