import type { GateFinding } from '../domain/gate.ts';
import type { QueueItem } from '../domain/queue.ts';
import { formatForPerson, formatIn } from '../domain/zoned-time.ts';
import type { AddedFilm } from '../recipes/queue/add.ts';
import type { TargetPlan } from '../recipes/queue/plan.ts';
import type { WorkOutcome } from '../recipes/queue/run-due.ts';
import { formatBytes, formatPosition, padColumns, shorten, toPrintable, type Paint } from './terminal.ts';

/** The publish queue in words for a person, a line each. What comes from papers and servers only shows. */

/** So much of an id is shown in lists: enough to name it. */
const shownId = (id: string) => id.slice(0, 8);

/** A line an item: id, state, when, where to, title. */
export function describeItems(items: readonly QueueItem[], zone: string): string[] {
  const rows = items.map((item) => [
    shownId(item.id),
    item.hold === undefined ? item.state : `${item.state} (held)`,
    describeWhen(item, zone),
    item.target ?? '-',
    shorten(toPrintable(item.title), 60),
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => padColumns(cell, widths[column] ?? 0)).join('  '));
}

function describeWhen({ state, plan, published }: QueueItem, zone: string): string {
  const at = state === 'published' ? (published?.at ?? plan?.at) : state === 'failed' ? undefined : plan?.at;
  return at === undefined ? '-' : formatForPerson(zone, Date.parse(at));
}

/** Everything about one item. */
export function describeItem(item: QueueItem, zone: string): string[] {
  const { settings, plan, hold, checked, problem, published, variation, files } = item;
  const at = (iso: string) => formatIn(zone, Date.parse(iso));
  const names = Object.entries(files).map(([kind, name]) => `${kind} ${name}`);
  const rows: (readonly [string, string] | undefined)[] = [
    ['id', item.id],
    ['state', item.state],
    item.target === undefined ? undefined : ['target', [item.target, item.channelId ?? ''].join(' ').trim()],
    plan === undefined ? undefined : ['when', describePlan(plan)],
    hold === undefined ? undefined : ['held', `since ${at(hold.at)}: ${hold.why}`],
    problem === undefined ? undefined : ['problem', [problem.message, problem.hint ?? ''].join(' ').trim()],
    item.attempts?.notBefore === undefined ? undefined : ['next try', at(item.attempts.notBefore)],
    item.claim === undefined
      ? undefined
      : ['worker', `process ${item.claim.processId}, until ${at(item.claim.until)}`],
    published === undefined
      ? undefined
      : ['published', `${at(published.at)}  ${published.url ?? published.id}`],
    ...(published?.differences ?? []).map(
      ({ what, asked, got }) => ['otherwise', `${what}: asked ${asked}, got ${got}`] as const,
    ),
    settings === undefined ? undefined : ['settings', describeSettings(settings)],
    variation === undefined ? undefined : ['variation', describeFactors(variation.factors)],
    item.batchId === undefined ? undefined : ['batch', item.batchId],
    item.outFolder === undefined ? undefined : ['to folder', item.outFolder],
    ['folder', item.folder],
    ['files', names.join(', ')],
    item.sizeBytes === undefined ? undefined : ['size', formatBytes(item.sizeBytes)],
    checked === undefined ? undefined : ['checked', at(checked.at)],
    ...(checked?.findings ?? []).map(({ rule, text }) => ['', `${rule}: ${text}`] as const),
    ...(checked?.overruled ?? []).map(({ rule, why }) => ['', `${rule} overruled: ${why}`] as const),
  ];
  return [
    toPrintable(item.title),
    ...rows.flatMap((row) =>
      row === undefined ? [] : [`  ${padColumns(row[0], 10)} ${toPrintable(row[1])}`],
    ),
    '  history',
    ...item.history.map(({ at: when, to, by, note }) =>
      toPrintable(`    ${at(when)}  ${padColumns(to, 9)}  ${padColumns(by, 7)}  ${note}`),
    ),
  ];
}

function describePlan({ at, zone, isFixed, why }: NonNullable<QueueItem['plan']>): string {
  const reason = isFixed === true ? 'chosen by a person' : why;
  return `${formatForPerson(zone, Date.parse(at))} in ${zone} (${at}). ${reason}`;
}

function describeSettings(settings: NonNullable<QueueItem['settings']>): string {
  const { privacy, isSynthetic, isMadeForKids, isShort, language, categoryId, playlistIds } = settings;
  return [
    privacy,
    isSynthetic ? 'marked as synthetic media' : 'not marked as synthetic media',
    isMadeForKids ? 'made for kids' : 'not made for kids',
    ...(isShort === true ? ['a short'] : []),
    ...(language === undefined ? [] : [`language ${language}`]),
    ...(categoryId === undefined ? [] : [`category ${categoryId}`]),
    ...(playlistIds.length === 0 ? [] : [`playlists ${playlistIds.join(' ')}`]),
  ].join(', ');
}

function describeFactors(factors: NonNullable<QueueItem['variation']>['factors']): string {
  const told = Object.entries(factors).map(([name, value]) => `${name} ${value}`);
  return told.length === 0 ? 'the clip as it is' : told.join(', ');
}

/** What became of a film that was to enter the queue, with what the gate found. */
export function describeAdded(added: AddedFilm, paint: Paint): string[] {
  const marks = { good: paint('green', '✓'), bad: paint('red', '✗'), none: paint('dim', '–') };
  switch (added.status) {
    case 'added':
    case 'changed': {
      const { item, report } = added;
      const word = added.status === 'added' ? item.state : `${item.state}, changed`;
      return [
        `${marks.good} ${paint('bold', toPrintable(item.title))}  ${shownId(item.id)}  ${word}`,
        ...(report?.findings ?? []).flatMap((finding) => describeFinding(finding, report?.overruled)),
      ];
    }
    case 'known':
      return [
        `${marks.good} ${paint('bold', toPrintable(added.item.title))}  ${shownId(added.item.id)}  ${added.item.state} (from before)`,
      ];
    case 'skipped':
      return [
        `${marks.none} ${toPrintable(added.item.title)}  ${shownId(added.item.id)}  ${toPrintable(added.reason)}`,
      ];
    case 'stopped':
      return [
        `${marks.bad} ${toPrintable(added.title)} does not pass the gate`,
        ...added.report.findings.flatMap((finding) => describeFinding(finding, added.report.overruled)),
      ];
    case 'failed': {
      const { message, hint } = added.error;
      return [
        `${marks.bad} ${toPrintable(message)}`,
        ...(hint === undefined ? [] : [`  ${toPrintable(hint)}`]),
      ];
    }
  }
}

function describeFinding(
  finding: GateFinding,
  overruled: readonly { rule: string; why: string }[] = [],
): string[] {
  const { rule, severity, text, mend, startMs } = finding;
  const word = overruled.find((one) => one.rule === rule);
  const where = startMs === undefined ? '' : ` at ${formatPosition(startMs)}`;
  const judged = word === undefined ? severity : `overruled: ${toPrintable(word.why)}`;
  return [
    `  ${rule} (${judged})${where}: ${toPrintable(text)}`,
    ...(word === undefined ? [`    ${toPrintable(mend)}`] : []),
  ];
}

/** What was planned for one channel: what it rests on, a line a video, and what to know. */
export function describePlanned(plan: TargetPlan, zone: string, paint: Paint): string[] {
  const { target, channelId, best, planned, left } = plan;
  const days = new Set(planned.map(({ atMs }) => formatIn(zone, atMs).slice(0, 10))).size;
  const where = channelId === undefined ? target : `${target} ${channelId}`;
  const clocks = { skipped: 'clocks leave that hour out', twice: 'clocks show that hour twice' };
  return [
    `${paint('bold', where)}: ${count(planned.length, 'video')} on ${count(days, 'day')}, by the clocks of ${zone}`,
    paint('dim', `  ${toPrintable(best.text)}`),
    ...planned.map(({ item, atMs, change }) => {
      const noted = change === undefined ? '' : `  (${clocks[change]})`;
      return `  ${formatForPerson(zone, atMs)}  ${shownId(item.id)}  ${shorten(toPrintable(item.title), 60)}${noted}`;
    }),
    ...(left.length === 0
      ? []
      : [
          `  ${count(left.length, 'video')} found no place: ${left
            .slice(0, 5)
            .map(({ id }) => shownId(id))
            .join(', ')}${left.length > 5 ? ', …' : ''}`,
        ]),
    ...(plan.variationCount === 0
      ? []
      : [
          paint(
            'dim',
            `  ${plan.variationCount} of them are variations of one clip with another: they come on different days. docs/publishing.md says why.`,
          ),
        ]),
  ];
}

/** `1 video`, `1,200 videos`. */
export function count(amount: number, word: string): string {
  return `${amount.toLocaleString('en')} ${word}${amount === 1 ? '' : 's'}`;
}

/** What became of an item that was due. */
export function describeOutcome(outcome: WorkOutcome, zone: string, paint: Paint): string[] {
  const { item } = outcome;
  const name = `${paint('bold', toPrintable(item.title))}  ${shownId(item.id)}`;
  switch (outcome.status) {
    case 'published': {
      const { published } = item;
      return [
        `${paint('green', '✓')} ${name}  published: ${toPrintable(published?.url ?? published?.id ?? '')}`,
        ...(published?.differences ?? []).map(
          ({ what, asked, got }) => `! ${toPrintable(`${what}: asked ${asked}, got ${got}`)}`,
        ),
      ];
    }
    case 'waits': {
      const at = item.attempts?.notBefore;
      const when = at === undefined ? '' : `, to be tried again ${formatForPerson(zone, Date.parse(at))}`;
      return [`${paint('dim', '–')} ${name}${when}`, `  ${toPrintable(outcome.error.message)}`];
    }
    case 'failed': {
      const { message, hint } = outcome.error;
      return [
        `${paint('red', '✗')} ${name}  ${toPrintable(message)}`,
        ...(hint === undefined ? [] : [`  ${toPrintable(hint)}`]),
      ];
    }
    case 'moved':
      return [
        `${paint('dim', '–')} ${name}  missed its time, and has another: ${item.plan === undefined ? '-' : formatForPerson(zone, Date.parse(item.plan.at))}`,
      ];
  }
}
