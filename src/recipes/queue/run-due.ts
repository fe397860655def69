import { PatternPivotError, toErrorRecord, type ErrorRecord } from '../../domain/errors.ts';
import { changeItem, cutNote } from '../../domain/queue-changes.ts';
import type { QueueItem } from '../../domain/queue.ts';
import type { Published, Publisher } from '../../ports/publisher.ts';
import { runStep, type RecipeContext } from '../events.ts';
import { addFilms, type AddDefaults, type AddPorts } from './add.ts';
import { isFree, letGo, takeItem, whileHeld, writePublished } from './claim.ts';
import { judgeFailure } from './judge-failure.ts';
import { hashPapers, pathOf, toPublication } from './papers.ts';
import { planQueue, type Pacing } from './plan.ts';
import { listStored, readItem, updateItem, type StoredItem } from './queue-records.ts';

/** What publishing takes from the world. */
export type WorkPorts = AddPorts & {
  /** Where an item goes. @throws what opening it throws: nobody signed in, no address set */
  publisherFor(item: QueueItem): Promise<Publisher>;
};

/** What is published. */
export type WorkOptions = {
  /** Who does it: another for each run. */
  readonly holder: string;
  /** Only these, by id. */
  readonly ids?: readonly string[] | undefined;
  readonly pacing: Pacing;
  /** Targets that wait by themselves get a film so long before its moment, in ms. */
  readonly aheadMs: number;
};

/** What became of one item. */
export type WorkOutcome =
  | { readonly status: 'published'; readonly item: QueueItem }
  /** It will be tried again, at its `attempts.notBefore`. */
  | { readonly status: 'waits'; readonly item: QueueItem; readonly error: ErrorRecord }
  | { readonly status: 'failed'; readonly item: QueueItem; readonly error: ErrorRecord }
  /** Its time passed while nobody worked, and something else of its channel comes first: it has another. */
  | { readonly status: 'moved'; readonly item: QueueItem };

/** Later than this, an item's time was missed, in ms: what is missed is not made up for all at once. */
const missedMs = 3_600_000;

/** Targets that keep a film private until its moment. */
const waitsItself: ReadonlySet<string> = new Set(['youtube']);

/**
 * Publishes what is due, one after the other, each exactly once: the right to an item is taken before it is begun, and its publisher goes on where
 * it was broken off. What goes wrong with one stops no other. Ends when nothing is due. @throws cancelled.*, and what the records throw
 */
export async function* runDue(
  options: WorkOptions,
  ports: WorkPorts,
  context: RecipeContext,
): AsyncGenerator<WorkOutcome> {
  // What was begun in this run and could not be finished is not tried in it again.
  const tried = new Set<string>();
  for (;;) {
    context.signal.throwIfAborted();
    const due = (await listDue(options, ports)).filter(({ item }) => !tried.has(item.id));
    const [first] = due;
    if (first === undefined) return;
    for (const item of await moveMissed(due, options, ports, context)) yield { status: 'moved', item };
    tried.add(first.item.id);
    const outcome = await publishOne(first, options, ports, context);
    if (outcome !== undefined) yield outcome;
  }
}

/** When something is due next that is not yet, as ms since the epoch; undefined where nothing is planned. */
export async function findNextDue(options: WorkOptions, { records }: WorkPorts): Promise<number | undefined> {
  let next: number | undefined;
  for await (const { item } of listStored(records)) {
    const atMs = dueMs(item, options);
    if (atMs !== undefined && (next === undefined || atMs < next)) next = atMs;
  }
  return next;
}

/** When an item is due, as ms since the epoch; undefined where it is not to be published. */
function dueMs(item: QueueItem, { ids, aheadMs }: Pick<WorkOptions, 'ids' | 'aheadMs'>): number | undefined {
  const { state, hold, plan, target, settings, attempts, claim } = item;
  if (hold !== undefined || target === undefined || (ids !== undefined && !ids.includes(item.id)))
    return undefined;
  const notBefore = attempts?.notBefore === undefined ? 0 : Date.parse(attempts.notBefore);
  if (state === 'uploading') return Math.max(notBefore, claim === undefined ? 0 : Date.parse(claim.until));
  if (state !== 'scheduled' || plan === undefined) return undefined;
  const isAhead = waitsItself.has(target) && settings?.privacy === 'public';
  return Math.max(notBefore, Date.parse(plan.at) - (isAhead ? aheadMs : 0));
}

/** What is to be published now, the first planned first. */
async function listDue(options: WorkOptions, { records, now }: WorkPorts): Promise<StoredItem[]> {
  const nowMs = now().getTime();
  const due: StoredItem[] = [];
  for await (const stored of listStored(records)) {
    const { item } = stored;
    if (
      item.state === 'uploading' &&
      isFree(item, nowMs) &&
      dueMs({ ...item, claim: undefined }, options) === 0
    )
      due.push(stored);
    else if (item.state === 'scheduled' && (dueMs(item, options) ?? Number.POSITIVE_INFINITY) <= nowMs)
      due.push(stored);
  }
  const key = ({ item }: StoredItem) =>
    `${item.state === 'uploading' ? 0 : 1} ${item.plan?.at ?? ''} ${item.id}`;
  return due.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Gives other times to what missed its own, but for the first of each channel, and what a person chose the time of. */
async function moveMissed(
  due: readonly StoredItem[],
  { pacing, ids }: WorkOptions,
  ports: WorkPorts,
  context: RecipeContext,
): Promise<QueueItem[]> {
  const seen = new Set<string>();
  const missed: string[] = [];
  const nowMs = ports.now().getTime();
  for (const { item } of due) {
    const lane = `${item.target ?? ''} ${item.channelId ?? ''}`;
    const isFirst = !seen.has(lane);
    seen.add(lane);
    const { plan, attempts, state } = item;
    const isLoose = state === 'scheduled' && plan?.isFixed !== true && attempts === undefined;
    if (!isFirst && isLoose && plan !== undefined && nowMs - Date.parse(plan.at) > missedMs)
      missed.push(item.id);
  }
  if (missed.length === 0 || ids !== undefined) return [];
  const why = 'Its time passed while no worker ran.';
  const plans = await planQueue(pacing, { ids: missed, isAnew: true, isDryRun: false, why }, ports, context);
  return plans.flatMap(({ planned }) => planned.map(({ item }) => item));
}

/** Publishes one item. @returns undefined where somebody else was quicker */
async function publishOne(
  stored: StoredItem,
  options: WorkOptions,
  ports: WorkPorts,
  context: RecipeContext,
): Promise<WorkOutcome | undefined> {
  const { records, now } = ports;
  const { holder } = options;
  const looked = stored.item.state === 'uploading' ? stored : await lookAgain(stored, ports, context);
  if (looked === undefined || 'status' in looked) return looked;
  const item = await takeItem(records, looked, holder, now());
  if (item === undefined) return undefined;
  const { id, title } = item;
  try {
    const published = await whileHeld(records, id, holder, context.signal, async (signal) => {
      const publisher = await ports.publisherFor(item);
      const publication = await toPublication(item, now().getTime());
      return runStep({ ...context, signal }, 'publish', (step) => publish(publisher, publication, step), {
        clip: title,
        detail: ({ url, id: there }) => url ?? there,
      });
    });
    return {
      status: 'published',
      item: await writePublished(records, id, describe(published, now()), toRecord(published)),
    };
  } catch (error) {
    if (context.signal.aborted) {
      const count = (item.attempts?.count ?? 1) - 1;
      const attempts = count === 0 ? undefined : { count };
      await letGo(
        records,
        id,
        holder,
        'scheduled',
        { at: now(), note: 'Stopped; the next worker goes on.' },
        { attempts },
      );
      throw error;
    }
    return recordFailure(item, toErrorRecord(error), options, ports);
  }
}

/** Whether film and papers are those that the gate saw; changed papers go through it again. */
async function lookAgain(
  stored: StoredItem,
  ports: WorkPorts,
  context: RecipeContext,
): Promise<StoredItem | WorkOutcome | undefined> {
  const { item } = stored;
  const path = pathOf(item, 'film') ?? item.folder;
  try {
    const seen = await runStep(context, 'read', async (step) => ({
      contentHash: await ports.hashFile(path, step),
      papersHash: await hashPapers(item, ports.hashFile, step),
    }));
    if (seen.contentHash !== item.contentHash) {
      throw new PatternPivotError('input.film_changed', `The film is another than the gate saw: ${path}`, {
        hint: `Take the new one in (pivot queue add), and this out: pivot queue remove ${item.id}`,
        context: { path },
      });
    }
    if (seen.papersHash === item.checked?.papersHash) return stored;
    const { settings, target = '', channelId, outFolder, folder, files } = item;
    const defaults: AddDefaults = {
      privacy: 'private',
      isMadeForKids: false,
      playlistIds: [],
      ...settings,
      channelId,
      outFolder,
    };
    const wishes = {
      target,
      channelId,
      outFolder,
      settings: {},
      defaults,
      overruled: [],
      isApproved: true,
      isDryRun: false,
    };
    const [added] = await addFilms([{ folder, files }], wishes, ports, context);
    if (added?.status === 'failed') {
      const { code, message, ...details } = added.error;
      throw new PatternPivotError(code, message, details);
    }
    if (added?.status === 'stopped') {
      const finding = added.report.findings.find(({ severity }) => severity === 'stops');
      throw new PatternPivotError(
        'input.gate',
        `Its papers changed, and the gate stops it: ${finding?.text ?? ''}`,
        {
          hint: finding?.mend ?? 'pivot check says more.',
        },
      );
    }
    return await readItem(ports.records, item.id);
  } catch (error) {
    if (context.signal.aborted || !(error instanceof PatternPivotError)) throw error;
    if (!['input', 'not_found'].includes(error.kind)) throw error;
    return failUnbegun(item, toErrorRecord(error), ports);
  }
}

async function publish(
  publisher: Publisher,
  publication: Parameters<Publisher['publish']>[0],
  step: Parameters<Parameters<typeof runStep>[2]>[0],
): Promise<Published> {
  return publisher.publish(publication, {
    signal: step.signal,
    report: ({ share }) => step.report({ done: Math.round(share * 100), total: 100, unit: '%' }),
  });
}

/** An item that cannot even be begun. */
async function failUnbegun(
  item: QueueItem,
  error: ErrorRecord,
  { records, now }: WorkPorts,
): Promise<WorkOutcome> {
  const note = { at: now().toISOString(), by: 'program', note: error.message } as const;
  const { item: failed } = await updateItem(records, item.id, (there) =>
    there.state === 'scheduled' ? changeItem(there, 'failed', note, { problem: problemOf(error) }) : there,
  );
  return { status: 'failed', item: failed, error };
}

async function recordFailure(
  item: QueueItem,
  error: ErrorRecord,
  { holder }: WorkOptions,
  { records, now }: WorkPorts,
): Promise<WorkOutcome> {
  const at = now();
  const { count = 1 } = item.attempts ?? {};
  const judged = judgeFailure(error, count, at.getTime(), Math.random());
  const problem = problemOf(error);
  if (judged.kind === 'failed') {
    const change = { problem, attempts: { count } };
    return {
      status: 'failed',
      item: await letGo(records, item.id, holder, 'failed', { at, note: error.message }, change),
      error,
    };
  }
  const notBefore = new Date(judged.atMs).toISOString();
  const attempts = { count: judged.isCounted ? count : count - 1, notBefore };
  const note = `${error.message} To be tried again at ${notBefore.slice(0, 16)}Z.`;
  const waiting = await letGo(records, item.id, holder, 'scheduled', { at, note }, { problem, attempts });
  return { status: 'waits', item: waiting, error };
}

function problemOf({ code, message, hint }: ErrorRecord): NonNullable<QueueItem['problem']> {
  return {
    code: code.slice(0, 200),
    message: cutNote(message),
    ...(hint === undefined ? {} : { hint: cutNote(hint) }),
  };
}

function describe({ url, id, differences }: Published, at: Date): { at: Date; note: string } {
  const other = differences.map(({ what, asked, got }) => `${what}: asked ${asked}, got ${got}`).join('; ');
  return { at, note: `Published: ${url ?? id}.${other === '' ? '' : ` Otherwise than asked: ${other}.`}` };
}

/** What a target says, as a record takes it. */
function toRecord({ id, url, at, found, differences }: Published): NonNullable<QueueItem['published']> {
  const told = Object.entries(found ?? {}).map(([name, value]) => [name.slice(0, 100), cutNote(value)]);
  return {
    id: id.slice(0, 2000),
    ...(url === undefined ? {} : { url: url.slice(0, 2000) }),
    at: new Date(at).toISOString(),
    ...(told.length === 0 ? {} : { found: Object.fromEntries(told) as Record<string, string> }),
    differences: differences
      .slice(0, 50)
      .map(({ what, asked, got }) => ({ what: cutNote(what), asked: cutNote(asked), got: cutNote(got) })),
  };
}
