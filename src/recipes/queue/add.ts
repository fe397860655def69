import { stat } from 'node:fs/promises';
import { isAbortError, PatternPivotError, toErrorRecord, type ErrorRecord } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { GateReport, Overrule } from '../../domain/gate.ts';
import { changeItem, cutNote, withoutUndefined } from '../../domain/queue-changes.ts';
import { queueIdOf, type QueueItem } from '../../domain/queue.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { rationalToNumber } from '../../domain/time.ts';
import type { Records } from '../../ports/records.ts';
import { canonicalJson } from '../../stages/stage.ts';
import { hashTimeline } from '../../stages/vary/vary.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { FoundFilm } from './films.ts';
import type { Gate } from './gate.ts';
import {
  hashPapers,
  isSynthetic,
  pathOf,
  readPapers,
  titleOf,
  type HashFile,
  type Papers,
} from './papers.ts';
import { isChanged, putItem, readItem, type StoredItem } from './queue-records.ts';

/** What a person decides about a film, and no paper says. */
export type PublishSettings = Pick<
  NonNullable<QueueItem['settings']>,
  'privacy' | 'isMadeForKids' | 'playlistIds' | 'language' | 'categoryId'
>;

/** What counts of a film where nobody says otherwise: its settings, whose channel, and where files are put. */
export type AddDefaults = PublishSettings & {
  readonly channelId?: string | undefined;
  readonly outFolder?: string | undefined;
};

/** How films enter the queue. */
export type AddOptions = {
  readonly target: string;
  readonly channelId?: string | undefined;
  /** Absolute. */
  readonly outFolder?: string | undefined;
  /** What is said of these films now. */
  readonly settings: Partial<PublishSettings>;
  /** What counts where nothing is said, now or when a film was added before. */
  readonly defaults: AddDefaults;
  /** Left out: as their timelines say. */
  readonly isSynthetic?: boolean | undefined;
  /** What the gate may say, and a person takes upon them. */
  readonly overruled: readonly Overrule[];
  /** Whether it is approved at once, by whoever gave the command. */
  readonly isApproved: boolean;
  /** Says what would become of them, and writes nothing. */
  readonly isDryRun: boolean;
};

/** What adding takes from the world. */
export type AddPorts = {
  readonly records: Records;
  readonly gate: Gate;
  readonly hashFile: HashFile;
  now(): Date;
};

/** What became of one film. */
export type AddedFilm =
  /** `known`: it was in the queue, and nothing about it changed. */
  | {
      readonly status: 'added' | 'changed' | 'known';
      readonly path: string;
      readonly item: QueueItem;
      readonly report?: GateReport;
    }
  | { readonly status: 'stopped'; readonly path: string; readonly title: string; readonly report: GateReport }
  | { readonly status: 'skipped'; readonly path: string; readonly item: QueueItem; readonly reason: string }
  | { readonly status: 'failed'; readonly path: string; readonly error: ErrorRecord };

/** Takes films through the gate into the queue, one after the other; what is wrong with one stops no other. @throws cancelled.*, tool.*, provider.* */
export async function addFilms(
  films: readonly FoundFilm[],
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<AddedFilm[]> {
  const results: AddedFilm[] = [];
  for (const [index, film] of films.entries()) {
    const path = pathOf(film, 'film') ?? film.folder;
    context.emit({ event: 'source', path, index, count: films.length });
    try {
      results.push(await addOnce(film, path, options, ports, context));
    } catch (error) {
      const isOwn =
        error instanceof PatternPivotError && ['input', 'not_found', 'conflict'].includes(error.kind);
      if (isAbortError(error) || !isOwn) throw error;
      results.push({ status: 'failed', path, error: toErrorRecord(error) });
    }
  }
  return results;
}

/** Somebody else may add the same film at the same moment: then there is one to be changed, or nothing left to do. */
async function addOnce(...parts: Parameters<typeof addFilm>): Promise<AddedFilm> {
  try {
    return await addFilm(...parts);
  } catch (error) {
    if (!isChanged(error)) throw error;
    return addFilm(...parts);
  }
}

async function addFilm(
  film: FoundFilm,
  path: string,
  options: AddOptions,
  ports: AddPorts,
  context: RecipeContext,
): Promise<AddedFilm> {
  const { size: sizeBytes } = await withFileErrors(path, () => stat(path));
  if (sizeBytes === 0) {
    throw new PatternPivotError('input.empty_file', `The film is empty: ${path}`, {
      hint: 'Render it again.',
    });
  }
  const { contentHash, papersHash } = await runStep(context, 'read', async (step) => ({
    contentHash: await ports.hashFile(path, step),
    papersHash: await hashPapers(film, ports.hashFile, step),
  }));
  const papers = await readPapers(film);
  const place = await findPlace(ports.records, contentHash, options.target);
  const { before } = place;
  const reason = before === undefined ? undefined : whyNot(before.item);
  if (before !== undefined && reason !== undefined) {
    return { status: 'skipped', path, item: before.item, reason };
  }
  const wanted = describeWanted(film, { contentHash, sizeBytes, papers, before: before?.item }, options);
  if (before !== undefined && isKnown(before.item, wanted, papersHash, options)) {
    return { status: 'known', path, item: before.item };
  }
  const overruled = mergeOverrules(before?.item.checked?.overruled ?? [], options.overruled);
  const title = titleOf(papers, film, before?.item);
  const report = await ports.gate(
    {
      contentHash,
      folder: film.folder,
      files: film.files,
      variation: wanted.variation,
      ...papers,
      target: options.target,
      title,
      isMarkedSynthetic: wanted.settings.isSynthetic,
      overruled,
      isDryRun: options.isDryRun,
    },
    context,
  );
  if (report.status === 'stopped') return { status: 'stopped', path, title, report };

  const at = ports.now().toISOString();
  const person = { at, by: 'person' } as const;
  const draft: QueueItem = before?.item ?? {
    version: 1,
    id: place.id,
    state: 'drafted',
    contentHash,
    folder: film.folder,
    files: film.files,
    title,
    addedAt: at,
    history: [{ ...person, to: 'drafted', note: cutNote(`Added for ${options.target}.`) }],
  };
  const findings = report.findings.slice(0, 200);
  const checked = changeItem(
    draft,
    // What has its time keeps it: only its words or its cover are others.
    draft.state === 'scheduled' ? 'scheduled' : draft.state === 'approved' ? 'approved' : 'checked',
    { at, by: 'program', note: cutNote(`${describeCheck(report)}${describeSettings(before?.item, wanted)}`) },
    {
      ...wanted,
      title,
      checked: { at, papersHash, findings, overruled: report.overruled },
      problem: undefined,
      attempts: undefined,
    },
  );
  const item =
    options.isApproved && checked.state === 'checked'
      ? changeItem(checked, 'approved', { ...person, note: 'Approved as it was added.' })
      : checked;
  const status = before === undefined ? 'added' : 'changed';
  if (options.isDryRun) return { status, path, item, report };
  const written = await putItem(ports.records, item, before?.version ?? 0);
  if (written !== undefined) return { status, path, item: written.item, report };
  throw new PatternPivotError(
    'conflict.record_changed',
    `"${title}" was changed by somebody else just now.`,
    {
      retryable: true,
      hint: 'Run the same command again.',
    },
  );
}

/** The item that a film has for a target already, or the id that it will have. */
async function findPlace(
  records: Records,
  contentHash: string,
  target: string,
): Promise<{ readonly id: string; readonly before?: StoredItem }> {
  const id = queueIdOf(contentHash);
  const draft = await readItem(records, id);
  if (draft === undefined) return { id };
  if (draft.item.target === undefined || draft.item.target === target) return { id, before: draft };
  const other = queueIdOf(contentHash, target);
  const before = await readItem(records, other);
  return before === undefined ? { id: other } : { id: other, before };
}

function whyNot({ state, published, target }: QueueItem): string | undefined {
  if (state === 'published') {
    return `It was published${target === undefined ? '' : ` (${target})`}${published === undefined ? '' : ` on ${published.at.slice(0, 10)}: ${published.url ?? published.id}`}`;
  }
  return state === 'uploading' ? 'It is being published right now.' : undefined;
}

function describeWanted(
  film: FoundFilm,
  {
    contentHash,
    sizeBytes,
    papers,
    before,
  }: { contentHash: string; sizeBytes: number; papers: Papers; before: QueueItem | undefined },
  { target, channelId, outFolder, settings, defaults, isSynthetic: isSaid }: AddOptions,
) {
  const { timeline, post } = papers;
  const isShort = timeline === undefined ? undefined : isMadeAsShort(timeline);
  return {
    contentHash,
    sizeBytes,
    folder: film.folder,
    files: film.files,
    target,
    channelId: channelId ?? before?.channelId ?? defaults.channelId,
    outFolder: outFolder ?? before?.outFolder ?? defaults.outFolder,
    clipHash: timeline === undefined ? undefined : hashTimeline(timeline),
    variation: post?.variation ?? before?.variation,
    settings: chooseSettings({ ...settings, isSynthetic: isSaid, isShort }, before?.settings, {
      ...defaults,
      isSynthetic: isSynthetic(papers),
    }),
  };
}

type Settings = NonNullable<QueueItem['settings']>;
type Wanted = ReturnType<typeof describeWanted>;

/** What is said now comes before what was said when it was added, and that before what is usual. */
function chooseSettings(
  now: { readonly [Key in keyof Settings]?: Settings[Key] | undefined },
  before: Settings | undefined,
  usual: Settings,
): Settings {
  const language = now.language ?? before?.language ?? usual.language;
  const categoryId = now.categoryId ?? before?.categoryId ?? usual.categoryId;
  return {
    privacy: now.privacy ?? before?.privacy ?? usual.privacy,
    // What its papers say now may be news; a mark that was set is only taken away by a person.
    isSynthetic: now.isSynthetic ?? (before?.isSynthetic === true || usual.isSynthetic),
    isMadeForKids: now.isMadeForKids ?? before?.isMadeForKids ?? usual.isMadeForKids,
    playlistIds: [...(now.playlistIds ?? before?.playlistIds ?? usual.playlistIds)],
    ...(now.isShort === undefined ? {} : { isShort: now.isShort }),
    ...(language === undefined ? {} : { language }),
    ...(categoryId === undefined ? {} : { categoryId }),
  };
}

/** What is set otherwise than before, for the history. */
function describeSettings(before: QueueItem | undefined, { settings }: Wanted): string {
  const old = before?.settings;
  if (old === undefined) return '';
  const names = ['privacy', 'isSynthetic', 'isMadeForKids', 'language', 'categoryId', 'playlistIds'] as const;
  const told = names.flatMap((name) => {
    const [was, is] = [String(old[name] ?? 'none'), String(settings[name] ?? 'none')];
    return was === is ? [] : [`${name} ${was} → ${is}`];
  });
  return told.length === 0 ? '' : ` Now: ${told.join(', ')}.`;
}

/** Longest of a short, and its shape: https://support.google.com/youtube/answer/15424877 */
function isMadeAsShort({ width, height, durationFrames, frameRate }: Timeline): boolean {
  return height >= width && durationFrames / rationalToNumber(frameRate) <= 180;
}

function isKnown(item: QueueItem, wanted: Wanted, papersHash: string, options: AddOptions): boolean {
  if (item.state === 'drafted' || item.state === 'failed' || item.checked?.papersHash !== papersHash)
    return false;
  if (options.isApproved && item.state === 'checked') return false;
  if (options.overruled.length > 0) return false;
  const before = withoutUndefined({ ...item, ...wanted });
  return canonicalJson(before) === canonicalJson(item);
}

/** What was overruled before still is; the same rule once more takes the place of the older word. */
function mergeOverrules(before: readonly Overrule[], now: readonly Overrule[]): Overrule[] {
  return [...before.filter(({ rule }) => !now.some((one) => one.rule === rule)), ...now];
}

function describeCheck({ findings, overruled }: GateReport): string {
  const told = [
    ...(findings.length === 0 ? [] : [`${findings.length} finding${findings.length === 1 ? '' : 's'}`]),
    ...overruled.map(({ rule, why }) => `${rule} overruled: ${why}`),
  ];
  return cutNote(`Passed the gate${told.length === 0 ? '.' : ` (${told.join('; ')}).`}`);
}
