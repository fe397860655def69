import { PatternPivotError } from '../../domain/errors.ts';
import { changeItem } from '../../domain/queue-changes.ts';
import { clipOf, type QueueItem } from '../../domain/queue.ts';
import { formatIn, momentAt, type ClockMoment } from '../../domain/zoned-time.ts';
import type { Records } from '../../ports/records.ts';
import { findBestHours, type BestHours } from '../../stages/plan-days/best-hours.ts';
import { judgeMoment, planDays, type DayRules, type TakenTime } from '../../stages/plan-days/plan-days.ts';
import type { RecipeContext } from '../events.ts';
import { readPastVideos } from './channel-hours.ts';
import { withPlanLock } from './plan-lock.ts';
import { listItems, updateItem } from './queue-records.ts';

/** How the queue is paced, as it is configured. `hours`: empty where the channel's own statistics are to say it. */
export type Pacing = DayRules;

/** What planning takes from the world. */
export type PlanPorts = { readonly records: Records; now(): Date };

/** What is planned. */
export type PlanOptions = {
  /** Only for this target. */
  readonly target?: string | undefined;
  /** Only these, by id. */
  readonly ids?: readonly string[] | undefined;
  /** Whether what has a time gets another: one that a person chose only where its id is named. */
  readonly isAnew: boolean;
  /** The first day, `2026-11-25`; left out: from now on. */
  readonly from?: string | undefined;
  /** For so many days; what finds no place in them is left. */
  readonly days?: number | undefined;
  /** Says what would be, and writes nothing. */
  readonly isDryRun: boolean;
  /** What is said of it in the history. */
  readonly why?: string | undefined;
};

/** What was planned for one target. */
export type TargetPlan = {
  readonly target: string;
  /** Whose channel there, where one is named. */
  readonly channelId?: string | undefined;
  readonly best: BestHours;
  readonly planned: readonly {
    readonly item: QueueItem;
    readonly atMs: number;
    readonly change?: 'skipped' | 'twice';
  }[];
  /** Who found no place. */
  readonly left: readonly QueueItem[];
  /** Variations among what was planned: each clip with how many there are of it. */
  readonly variationCount: number;
};

/** So soon nothing is planned: somebody may still want to say no. In ms. */
const soonestMs = 10 * 60_000;

/** Whether an item waits for a time. */
function isWaiting(item: QueueItem, { target, ids, isAnew }: PlanOptions): boolean {
  if (item.hold !== undefined || (target !== undefined && item.target !== target)) return false;
  if (ids !== undefined && !ids.includes(item.id)) return false;
  const isLoose = item.plan?.isFixed !== true || ids !== undefined;
  return item.state === 'approved' || (isAnew && item.state === 'scheduled' && isLoose);
}

/** What is paced together: each channel of each target by itself. */
function laneOf({ target, channelId }: QueueItem): string | undefined {
  return target === undefined ? undefined : `${target} ${channelId ?? ''}`;
}

/** Gives times to what is approved, target by target. @throws conflict.queue_busy, cancelled.* */
export async function planQueue(
  pacing: Pacing,
  options: PlanOptions,
  ports: PlanPorts,
  context: RecipeContext,
): Promise<TargetPlan[]> {
  const { records } = ports;
  return withPlanLock(records, context.signal, async (signal) => {
    const items = await listItems(records);
    const waiting = items.filter((item) => isWaiting(item, options));
    const lanes = [...new Set(waiting.flatMap((item) => laneOf(item) ?? []))].toSorted();
    const plans: TargetPlan[] = [];
    for (const lane of lanes) {
      const own = waiting.filter((item) => laneOf(item) === lane);
      const ids = new Set(own.map(({ id }) => id));
      const others = items.filter((item) => laneOf(item) === lane && !ids.has(item.id));
      plans.push(await planLane(own, others, { pacing, options, ports, signal }));
    }
    return plans;
  });
}

async function planLane(
  waiting: readonly QueueItem[],
  others: readonly QueueItem[],
  parts: { pacing: Pacing; options: PlanOptions; ports: PlanPorts; signal: AbortSignal },
): Promise<TargetPlan> {
  const { pacing, options, ports, signal } = parts;
  const now = ports.now();
  const { target = '', channelId } = waiting[0] ?? {};
  const best = await findHours(pacing, channelId, ports, signal);
  const { from, days } = options;
  const soonest = now.getTime() + soonestMs;
  const fromMs = from === undefined ? soonest : Math.max(soonest, momentAt(pacing.zone, from, '00:00').ms);
  const { planned, left } = planDays(
    waiting.map((item) => ({ id: item.id, clip: clipOf(item) })),
    takenTimes(others),
    { ...pacing, hours: best.hours },
    fromMs,
    days,
  );
  const byId = new Map(waiting.map((item) => [item.id, item]));
  const done: { item: QueueItem; atMs: number; change?: 'skipped' | 'twice' }[] = [];
  for (const { id, atMs, change } of planned) {
    signal.throwIfAborted();
    const before = byId.get(id)!;
    const note = `${options.why === undefined ? '' : `${options.why} `}Planned for ${formatIn(pacing.zone, atMs)} (${pacing.zone}).`;
    const schedule = (item: QueueItem) => {
      // Whoever changed it meanwhile knew better.
      const isTheirs = item.plan?.isFixed === true && item.plan.at !== before.plan?.at;
      if (item.hold !== undefined || item.state !== before.state || isTheirs) return item;
      const isThere = item.state === 'scheduled' && item.plan?.isFixed !== true;
      if (isThere && item.plan !== undefined && Date.parse(item.plan.at) === atMs) return item;
      const at = new Date(atMs).toISOString();
      const why = describeWhy(best, change);
      return changeItem(
        item,
        'scheduled',
        { at: now.toISOString(), by: 'program', note },
        { plan: { at, zone: pacing.zone, why } },
      );
    };
    const item = options.isDryRun ? schedule(before) : (await updateItem(ports.records, id, schedule)).item;
    done.push({ item, atMs, ...(change === undefined ? {} : { change }) });
  }
  const clips = waiting.map(clipOf).filter((clip) => clip !== undefined);
  return {
    target,
    ...(channelId === undefined ? {} : { channelId }),
    best,
    planned: done.toSorted((a, b) => a.atMs - b.atMs),
    left: left.map((id) => byId.get(id)!),
    variationCount: clips.filter((clip) => clips.filter((other) => other === clip).length > 1).length,
  };
}

/** The hours that a person set, else those that the channel's statistics speak for. */
async function findHours(
  { hours, zone, perDay, spacingMs }: Pacing,
  channelId: string | undefined,
  { records, now }: PlanPorts,
  signal: AbortSignal,
): Promise<BestHours & { readonly source: BestHours['source'] | 'set' }> {
  if (hours.length > 0) {
    return {
      hours,
      source: 'set' as BestHours['source'],
      text: `The hours that publish.hours sets: ${hours.join(', ')}.`,
    };
  }
  const past = await readPastVideos(records, channelId, { now: now(), signal });
  const best = findBestHours(past?.videos ?? [], { zone, count: perDay, spacingMs });
  return past === undefined || best.source === 'usual'
    ? best
    : { ...best, text: `${past.title}. ${best.text}` };
}

/** Times that are given: of what waits for them, and of what had them. */
function takenTimes(items: readonly QueueItem[]): TakenTime[] {
  return items.flatMap((item): TakenTime[] => {
    const { state, plan, published } = item;
    const hasTime = state === 'scheduled' || state === 'uploading' || state === 'published';
    const at = plan?.at ?? published?.at;
    return hasTime && at !== undefined ? [{ atMs: Date.parse(at), clip: clipOf(item) }] : [];
  });
}

/** What was moved, and what is against its new time. */
export type MovedItem = {
  readonly item: QueueItem;
  readonly against: readonly string[];
  readonly change?: ClockMoment['change'];
};

/**
 * Gives an item a time that a person chose, and that planning leaves. Against what paces a channel it is done and said; variations of one clip
 * never come on one day. @throws conflict.variation_near, conflict.queue_state, input.moment_past
 */
export async function moveItem(
  id: string,
  moment: ClockMoment,
  pacing: Pacing,
  options: { readonly isDryRun: boolean; readonly note: string },
  { records, now }: PlanPorts,
  signal: AbortSignal,
): Promise<MovedItem> {
  return withPlanLock(records, signal, async () => {
    const items = await listItems(records);
    const before = items.find((item) => item.id === id);
    if (before?.state === 'checked' || before?.state === 'drafted') {
      throw new PatternPivotError('conflict.queue_state', `"${before.title}" is not approved yet.`, {
        hint: `pivot queue ${before.state === 'checked' ? 'approve' : 'add'} ${id}`,
        context: { id },
      });
    }
    const at = now();
    if (moment.ms < at.getTime() - 60_000) {
      throw new PatternPivotError('input.moment_past', `${formatIn(pacing.zone, moment.ms)} has passed.`, {
        hint: 'Choose a later moment, or publish it at once: pivot publish <film> --to … --now',
      });
    }
    const lane = before === undefined ? undefined : laneOf(before);
    const others = items.filter((item) => item.id !== id && laneOf(item) === lane);
    const against = judgeMoment(
      moment.ms,
      before === undefined ? undefined : clipOf(before),
      takenTimes(others),
      pacing,
    );
    const near = against.find(({ rule }) => rule === 'variation');
    if (near !== undefined) {
      throw new PatternPivotError('conflict.variation_near', `It cannot be then: ${near.text}.`, {
        hint: 'Choose another day. Platforms take near copies that come together for inauthentic content: docs/publishing.md',
        context: { id },
      });
    }
    const plan = (item: QueueItem) =>
      changeItem(
        item,
        'scheduled',
        {
          at: at.toISOString(),
          by: 'person',
          note: `${options.note} ${formatIn(pacing.zone, moment.ms)} (${pacing.zone}).`,
        },
        {
          plan: {
            at: new Date(moment.ms).toISOString(),
            zone: pacing.zone,
            isFixed: true,
            why: 'Chosen by a person.',
          },
          attempts: undefined,
        },
      );
    const item =
      options.isDryRun && before !== undefined ? plan(before) : (await updateItem(records, id, plan)).item;
    return {
      item,
      against: against.map(({ text }) => text),
      ...(moment.change === undefined ? {} : { change: moment.change }),
    };
  });
}

function describeWhy({ source, text }: BestHours, change: ClockMoment['change']): string {
  const clocks =
    change === 'skipped'
      ? ' Clocks are put forward that night, and leave that hour out: it is one later.'
      : change === 'twice'
        ? ' Clocks are put back that night, and show that hour twice: it is the first.'
        : '';
  return `${source === 'usual' ? 'A usual hour.' : text}${clocks}`.slice(0, 1000);
}
