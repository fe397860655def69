import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PatternPivotError } from '../domain/errors.ts';
import { withFileErrors } from '../domain/file-error.ts';
import { interestPointSchema, momentSchema, type Moment } from '../domain/moment.ts';
import { checkReportSchema } from '../domain/rendition.ts';
import { seenSchema, type Seen } from '../domain/shot.ts';
import { soundSchema } from '../domain/sound.ts';
import type { Source } from '../domain/source.ts';
import { temporaryFileName } from '../domain/temporary-name.ts';
import { timeRangeSchema } from '../domain/time.ts';
import type { Timeline } from '../domain/timeline.ts';
import { transcriptSchema } from '../domain/transcript.ts';
import type { PlanOptions } from '../stages/plan/plan-request.ts';
import type { OutputFolder } from './output-folder.ts';

/** What `make` leaves in a source's folder, so that its clips can be reviewed and planned again without hearing anything. */
export const stateName = '.pivot-make.json';

/** Which film was rendered of which timeline, and what its check found. */
const renderedName = '.pivot-rendered.json';

/** The words of the source, for a person; what was fixed is fixed in it. */
export const transcriptName = 'transcript.json';

/** Larger ones are not ours: a day of speech with its levels has some 60 MB. In bytes. */
const maxStateBytes = 400_000_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Written and read by the same program: what plans are made of is taken as it is, and plans are checked before they are used. */
const sourceSchema = z.custom<Source>(
  (value) =>
    isObject(value) &&
    typeof value['path'] === 'string' &&
    typeof value['contentHash'] === 'string' &&
    isObject(value['info']) &&
    Number.isFinite(value['info']['durationMs']) &&
    Array.isArray(value['info']['video']) &&
    Array.isArray(value['info']['audio']),
  { error: 'no source' },
);

/** A clip as `make` made it: what was decided before is in it already. */
const stateClipSchema = z.strictObject({
  name: z.string().min(1).max(255),
  moment: momentSchema,
  /** Left out: nobody has said yet. */
  verdict: z.enum(['kept', 'rejected']).optional(),
  isPinned: z.literal(true).optional(),
  /** Whether its ends or its cuts were changed by hand. */
  isEdited: z.literal(true).optional(),
  /** Stretches that tightening leaves alone. */
  keepStretches: z.array(timeRangeSchema).optional(),
});
export type StateClip = Readonly<z.infer<typeof stateClipSchema>>;

/** The schema of the document. */
export const folderStateSchema = z.object({
  version: z.literal(1),
  source: sourceSchema,
  /** With the fixes of before. */
  transcript: transcriptSchema,
  sound: soundSchema.optional(),
  seen: z.array(seenSchema).readonly(),
  interest: z.array(interestPointSchema),
  notes: z.array(z.string()),
  /** Everything that could have been a clip, best first. */
  candidates: z.array(momentSchema),
  clips: z.array(stateClipSchema),
  /** Moments that were rejected before: they don't come back. */
  rejected: z.array(momentSchema),
  /** How clips are planned, as plans take it, without `keepStretches`. */
  planOptions: z.custom<Omit<PlanOptions, 'keepStretches'>>(isObject, { error: 'no plan options' }),
  hasCoverTitle: z.boolean(),
  /** How many lines of `decisions.jsonl` are in `clips` already. */
  decisionCount: z.int().nonnegative(),
});
export type FolderState = Readonly<z.infer<typeof folderStateSchema>>;

/** What was rendered last under a clip's name. */
const renderedClipSchema = z.strictObject({
  /** Of the timeline that the film was made of, by {@link hashTimeline}; left out: there is no film yet. */
  timelineHash: z.string().optional(),
  /** Names of its files in the folder, by what they are: video, cover, timeline, srt, vtt, post. */
  files: z.record(z.string(), z.string()),
  isPreview: z.boolean(),
  check: checkReportSchema.optional(),
});
/** What lies in the folder under a clip's name. */
export type RenderedClip = Readonly<z.infer<typeof renderedClipSchema>>;

const renderedSchema = z.strictObject({
  version: z.literal(1),
  clips: z.record(z.string(), renderedClipSchema),
});

/** Writes down what `make` found and decided: the state, and `transcript.json` beside it. */
export async function writeFolderState(folder: OutputFolder, state: FolderState): Promise<void> {
  await writeWhole(join(folder.path, stateName), JSON.stringify(state));
  await folder.placeText(transcriptName, `${JSON.stringify(state.transcript, undefined, 1)}\n`);
}

/** Reads what `make` left. @throws not_found.folder_state where `make` made no clips, input.folder_state_invalid */
export async function readFolderState(folder: string): Promise<FolderState> {
  const state = await readDocument(join(folder, stateName), folderStateSchema);
  if (state !== undefined) return state;
  const inside = await listFoldersWithState(folder);
  throw new PatternPivotError('not_found.folder_state', `These are no clips of pivot make: ${folder}`, {
    hint:
      inside.length > 0
        ? `Name the folder of one source: ${inside.slice(0, 5).join(', ')}.`
        : 'Name the folder of one source, like clips/talk. Clips of an older version: run pivot make again.',
    context: { folder },
  });
}

async function listFoldersWithState(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, stateName)))
    .map((entry) => join(folder, entry.name));
}

/** The same, where there may be none, or one that is damaged: then `make` begins anew. */
export async function findFolderState(folder: string): Promise<FolderState | undefined> {
  return readDocument(join(folder, stateName), folderStateSchema).catch(() => undefined);
}

/** Reads which films are there and what they show; a record that is damaged or missing knows of none. */
export async function readRendered(folder: string): Promise<Readonly<Record<string, RenderedClip>>> {
  const found = await readDocument(join(folder, renderedName), renderedSchema).catch(() => undefined);
  return found?.clips ?? {};
}

/** Writes down that a clip was rendered of a timeline. */
export async function noteRendered(
  folder: string,
  name: string,
  rendered: Omit<RenderedClip, 'timelineHash'> & { readonly timeline: Timeline },
): Promise<void> {
  const { timeline, ...rest } = rendered;
  await noteClip(folder, name, { ...rest, timelineHash: hashTimeline(timeline) });
}

/** Writes down what lies in the folder under a clip's name. */
export async function noteClip(folder: string, name: string, clip: RenderedClip): Promise<void> {
  const clips = { ...(await readRendered(folder)), [name]: clip };
  await writeWhole(join(folder, renderedName), `${JSON.stringify({ version: 1, clips }, undefined, 1)}\n`);
}

/** What tells two timelines apart whose films differ: all of it but where its decisions came from. Hex digits. */
export function hashTimeline(timeline: Timeline): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...timeline, metadata: {} }))
    .digest('hex');
}

/** What was seen around a moment: the watched range that covers most of it. */
export function seenAround(seen: readonly Seen[], moment: Moment): Seen | undefined {
  return seen
    .filter((range) => range.startMs < moment.endMs && range.endMs > moment.startMs)
    .toSorted((a, b) => shared(b, moment) - shared(a, moment))[0];
}

const shared = (range: Seen, moment: Moment) =>
  Math.min(range.endMs, moment.endMs) - Math.max(range.startMs, moment.startMs);

async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await withFileErrors(path, async () => {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    if (!found.isFile() || found.size > maxStateBytes) throw invalid(path, 'it is no file of that kind');
    return readFile(path, 'utf8');
  });
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(path, (error as Error).message);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
}

function invalid(path: string, why: string): PatternPivotError {
  return new PatternPivotError('input.folder_state_invalid', `${path} cannot be used: ${why}`, {
    hint: 'Remove it and run pivot make again: what you decided lies in decisions.jsonl and stays.',
    context: { path },
  });
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = join(path, '..', temporaryFileName());
  await withFileErrors(path, async () => {
    try {
      await writeFile(temporary, text);
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  });
}
