import { basename, dirname, join, resolve } from 'node:path';
import { isAbortError, PatternPivotError } from '../domain/errors.ts';
import { mainVideo } from '../domain/media.ts';
import type { Post } from '../domain/post.ts';
import type { Provenance } from '../domain/provenance.ts';
import type { VariationFactors } from '../domain/queue.ts';
import type { FileAsset, Timeline } from '../domain/timeline.ts';
import { measureLoudness } from '../stages/remix/measure-loudness.ts';
import { mostTogether, renderTogether } from '../stages/render/render-together.ts';
import { findAssets } from '../stages/render/render.ts';
import type { StageContext } from '../stages/stage.ts';
import { designRuns } from '../stages/vary/design.ts';
import type { Bed } from '../stages/vary/music-bed.ts';
import { shareCut } from '../stages/vary/share-cut.ts';
import {
  factorNames,
  findFactors,
  hashTimeline,
  makeVariation,
  type FactorName,
  type VariableClip,
  type Variation,
  type VaryWish,
} from '../stages/vary/vary.ts';
import { runStep, type MadeClip, type RecipeContext } from './events.ts';
import { finishClip, formatDocument } from './finish-clip.ts';
import type { MakePorts } from './make-request.ts';
import { openOutputFolder, type OutputFolder } from './output-folder.ts';
import { openTimeline, placeFiles, type RenderPorts } from './render.ts';
import { readPost } from './read-post.ts';

/** What a user may ask of `vary`. */
export type VaryOptions = {
  readonly count: number;
  /** Only these; all that the clip can be varied by when left out, as many as the count has room for. */
  readonly factors: readonly FactorName[] | undefined;
  readonly wish: Omit<VaryWish, 'bed'>;
  /** Music for a clip that has none. */
  readonly musicPath: string | undefined;
  /** Default: a folder beside the timeline, by its name. */
  readonly outFolder: string | undefined;
  readonly isPreview: boolean;
  /** Says what would be made, and makes nothing. */
  readonly isDryRun: boolean;
  readonly hasCoverTitle: boolean;
};

/** A set of variations: what differs in each, and what can be told of it later. The document `variations.json`. */
export type VariationSet = {
  readonly version: 1;
  /** The clip's name, and its timeline's content hash. */
  readonly name: string;
  readonly of: string;
  readonly factors: readonly {
    readonly name: FactorName;
    readonly levels: readonly [string, string];
    readonly text: string;
    /** Pairs of other factors whose joint effect looks like this one's. */
    readonly alsoSeenIn: readonly (readonly [FactorName, FactorName])[];
  }[];
  readonly resolution: number | undefined;
  readonly left: VariableClip['left'];
  readonly variations: readonly {
    readonly name: string;
    readonly title: string;
    readonly factors: VariationFactors;
  }[];
};

/** What came of it. */
export type VaryResult = {
  readonly folder: string;
  readonly set: VariationSet;
  /** Of each variation in the set's order; empty after a dry run. */
  readonly clips: readonly MadeClip[];
};

/** What `vary` needs from the world. */
export type VaryPorts = MakePorts & RenderPorts;

/**
 * Makes a designed set of variations of a clip, the first of which is the clip as it is. Those that share a cut are rendered together; each
 * is checked and put with its papers into the folder as any other clip, and says what it is a variation of.
 * @throws input.count, input.too_many_factors, input.factor_missing, input.nothing_to_vary, and what reading and rendering throw
 */
export async function varyClip(
  timelinePath: string,
  options: VaryOptions,
  ports: VaryPorts,
  context: RecipeContext,
): Promise<VaryResult> {
  const documentPath = resolve(timelinePath);
  const stem = basename(documentPath).replace(/(?:\.timeline)?\.json$/iu, '');
  // A count that no design has is refused before anything is read.
  designRuns(1, options.count);
  const baseFolder = dirname(documentPath);
  const timeline = placeFiles(await openTimeline(documentPath, ports, context), baseFolder);
  const post = await readPost(join(baseFolder, `${stem}.post.json`), timeline);
  const clip = await runStep(context, 'plan', async (step) => {
    const bed =
      options.musicPath === undefined ? undefined : await openBed(options.musicPath, timeline, ports, step);
    const sizes = await measurePictures(timeline, step);
    const wish = { ...options.wish, ...(bed === undefined ? {} : { bed }) };
    return chooseFactors(findFactors(timeline, { title: post.title, sizes, wish }), options);
  });
  const of = hashTimeline(timeline);
  const design = designRuns(clip.factors.length, options.count);
  const names = clip.factors.map(({ name }) => name);
  const variations = design.runs.map((run, index) => ({
    ...makeVariation(clip, new Set(names.filter((_, at) => run[at] === true)), of),
    name: `${stem}-v${index + 1}`,
  }));
  const set: VariationSet = {
    version: 1,
    name: stem,
    of,
    factors: clip.factors.map((factor, index) => ({
      ...factor,
      alsoSeenIn: (design.aliases[index] ?? []).flatMap(([one, other]) => {
        const [first, second] = [names[one], names[other]];
        return first === undefined || second === undefined ? [] : [[first, second] as const];
      }),
    })),
    resolution: design.resolution,
    left: clip.left,
    variations: variations.map(({ name, title, factors }) => ({ name, title, factors })),
  };
  for (const { name, why } of clip.left)
    context.emit({ event: 'note', text: `Not varied: ${name}, since ${why}.` });
  if (variations.length < options.count) {
    const text = `${names.length === 1 ? 'One factor has' : `${names.length} factors have`} ${variations.length} combinations, so ${variations.length} variations are made instead of ${options.count}.`;
    context.emit({ event: 'note', text });
  }
  const folderPath = resolve(options.outFolder ?? join(baseFolder, `${stem}-variations`));
  if (options.isDryRun) return { folder: folderPath, set, clips: [] };
  const folder = await openOutputFolder(folderPath, 'make');
  try {
    const freshNames = await renderGroups(variations, folder, options, ports, context);
    const clips: MadeClip[] = [];
    for (const variation of variations) {
      const own = describePost(post, variation);
      const finished = await finishClip(variation, own, folder, options, ports, context);
      const made = { ...finished.clip, isFresh: finished.clip.isFresh || freshNames.has(variation.name) };
      clips.push(made);
      context.emit({ event: 'clip', clip: made });
    }
    await folder.placeText('variations.json', formatDocument(set));
    return { folder: folder.path, set, clips };
  } finally {
    await folder.close();
  }
}

/** The factors that are asked for, or as many as the count has room for. @throws input.factor_missing, input.nothing_to_vary */
function chooseFactors(clip: VariableClip, { factors, count }: VaryOptions): VariableClip {
  for (const name of factors ?? []) {
    const missing = clip.left.find((one) => one.name === name);
    if (missing === undefined) continue;
    throw new PatternPivotError(
      'input.factor_missing',
      `The ${name} of this clip cannot be varied: ${missing.why}.`,
      {
        hint: `It can be varied by ${clip.factors.map((factor) => factor.name).join(', ') || 'nothing'} (--factors).`,
        context: { factor: name },
      },
    );
  }
  const wanted = clip.factors.filter(({ name }) => factors === undefined || factors.includes(name));
  if (wanted.length === 0) {
    throw new PatternPivotError(
      'input.nothing_to_vary',
      'There is nothing about this clip that can be varied.',
      {
        hint: 'Give it music (--music), another title (--title), or another caption style (--captions).',
        context: { left: clip.left },
      },
    );
  }
  // Those that are asked for by name must all have room.
  if (factors !== undefined) return { ...clip, factors: wanted, left: [] };
  const room = count - 1;
  const beyond = wanted.slice(room).map(({ name }) => ({
    name,
    why: `${count} variations tell at most ${room} factors apart`,
  }));
  return { ...clip, factors: wanted.slice(0, room), left: [...clip.left, ...beyond] };
}

/** Renders what shares a cut together, into the cache. @returns the names of those that were rendered now */
async function renderGroups(
  variations: readonly (Variation & { readonly name: string })[],
  folder: OutputFolder,
  { isPreview }: VaryOptions,
  ports: VaryPorts,
  context: RecipeContext,
): Promise<ReadonlySet<string>> {
  const fresh = new Set<string>();
  for (const group of shareCut(variations, mostTogether)) {
    if (group.length < 2) continue;
    const targets = group.map(({ timeline }) => ({ timeline, outputPath: folder.temporaryPath('.mp4') }));
    const request = { preview: isPreview, baseFolder: folder.path };
    const names = group.map(({ name }) => name);
    try {
      const made = await runStep(context, 'render', (step) => renderTogether(targets, request, ports, step), {
        clip: names.join(', '),
        detail: (results) => `${results.filter((each) => each.fresh).length} at once`,
      });
      for (const [index, result] of made.entries()) if (result.fresh) fresh.add(names[index] ?? '');
    } catch (error) {
      // One that cannot be rendered takes the others with it: each is tried alone, and says what is wrong with it.
      if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
      context.emit({ event: 'note', text: `They could not be rendered together: ${error.message}` });
    }
  }
  return fresh;
}

function describePost(post: Post, { title, factors, timeline }: Variation): Post {
  const { of } = timeline.metadata['variation'] as { of: string };
  return { ...post, title: [...title].slice(0, 100).join(''), variation: { of, factors } };
}

/** How large the pictures of a timeline's assets are as shown. @throws input.* as reading them does */
async function measurePictures(
  timeline: Timeline,
  { signal }: StageContext,
): Promise<ReadonlyMap<string, { width: number; height: number }>> {
  const found = await findAssets(timeline, '/', signal);
  const sizes = new Map<string, { width: number; height: number }>();
  for (const [id, { info }] of found) {
    const video = mainVideo(info) ?? info.video[0];
    if (video !== undefined) sizes.set(id, { width: video.displayWidth, height: video.displayHeight });
  }
  return sizes;
}

/** Music lies so far below the voice where nobody speaks, in LU; while somebody does it makes way by 10 dB more. */
const belowVoiceLu = 7;

/** Of music that a user names, about whose terms nothing is known. */
const givenMusic: Provenance = {
  kind: 'music',
  madeBy: 'given by the user',
  licence: 'as the user has it',
  mayEarnMoney: true,
  isSynthetic: false,
  isRealistic: false,
};

/** @throws input.no_audio, and what opening a source throws */
async function openBed(path: string, timeline: Timeline, ports: VaryPorts, step: StageContext): Promise<Bed> {
  const music = await ports.openSource(path, step);
  if (music.info.audio.length === 0) {
    throw new PatternPivotError('input.no_audio', `There is no sound in ${path}`, {
      hint: 'Name a file with music (--music).',
      context: { path },
    });
  }
  const range = { startMs: 0, endMs: music.info.durationMs };
  const musicLufs = await measureLoudness(music, range, ports, step);
  const voiceLufs = await measureVoice(timeline, ports, step);
  const gainDb =
    musicLufs === undefined || voiceLufs === undefined ? -12 : voiceLufs - belowVoiceLu - musicLufs;
  const asset: FileAsset = {
    id: 'music',
    kind: 'file',
    path: music.path,
    contentHash: music.contentHash,
    durationMs: music.info.durationMs,
    hasVideo: false,
    hasAudio: true,
    provenance: givenMusic,
  };
  return { asset, gainDb: Math.max(-60, Math.min(30, Math.round(gainDb * 10) / 10)) };
}

/** How loud the first clip that is heard is, in LUFS. */
async function measureVoice(
  timeline: Timeline,
  ports: VaryPorts,
  step: StageContext,
): Promise<number | undefined> {
  const heard = timeline.tracks.find(({ kind, clips }) => kind === 'audio' && clips.length > 0)?.clips ?? [];
  const longest = heard.toSorted((a, b) => b.durationFrames - a.durationFrames)[0];
  const asset = timeline.assets.find(({ id }) => id === longest?.assetId);
  if (longest === undefined || asset?.kind !== 'file') return undefined;
  const source = await ports.openSource(asset.path, step);
  const { num, den } = timeline.frameRate;
  const ms = (frames: number) => Math.round((frames * 1000 * den) / num);
  const startMs = ms(longest.sourceStartFrame);
  const endMs = Math.min(source.info.durationMs, startMs + ms(longest.durationFrames));
  return measureLoudness(source, { startMs: Math.min(startMs, endMs), endMs }, ports, step);
}

/** Whether a word names a factor. */
export function isFactorName(text: string): text is FactorName {
  return factorNames.some((name) => name === text);
}
