import { PatternPivotError } from './errors.ts';
import { maxHistory, type QueueItem, type QueueState } from './queue.ts';

/** Changes of an item of the queue, as pure functions: each is written into its history. */

/** From where to where an item may go; the same state again is a change of something else. */
const ways: Readonly<Record<QueueState, readonly QueueState[]>> = {
  drafted: ['checked'],
  checked: ['checked', 'approved'],
  approved: ['approved', 'checked', 'scheduled'],
  scheduled: ['scheduled', 'checked', 'approved', 'uploading', 'failed'],
  uploading: ['uploading', 'scheduled', 'published', 'failed'],
  published: [],
  failed: ['failed', 'checked', 'approved'],
};

/** What is changed of an item; undefined takes it away. */
export type QueueChange = {
  readonly [Key in keyof Omit<QueueItem, 'id' | 'version' | 'history' | 'state'>]?:
    QueueItem[Key] | undefined;
};

/** Who changes something, when, and what is said of it. */
export type QueueNote = {
  readonly at: string;
  readonly by: 'person' | 'program';
  readonly note: string;
};

/** The item in another state or with something changed, and its history one longer. @throws conflict.queue_state */
export function changeItem(
  item: QueueItem,
  to: QueueState,
  { at, by, note }: QueueNote,
  change: QueueChange = {},
): QueueItem {
  if (to !== item.state && !ways[item.state].includes(to)) {
    throw new PatternPivotError(
      'conflict.queue_state',
      `"${item.title}" is ${item.state}; it cannot become ${to}.`,
      { hint: `See what happened to it: pivot queue show ${item.id}`, context: { id: item.id } },
    );
  }
  const entry = { at, to, by, note: cutNote(note) };
  const [first, ...rest] = item.history;
  const history =
    item.history.length < maxHistory || first === undefined
      ? [...item.history, entry]
      : [first, ...rest.slice(rest.length - (maxHistory - 2)), entry];
  return withoutUndefined({ ...item, ...change, state: to, history });
}

/** A text as a record takes it: what comes from files and servers may be long, and hold anything. */
export function cutNote(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .slice(0, 1000)
    .toWellFormed();
}

/** An item to put into records: JSON knows no undefined. */
export function withoutUndefined(item: { [Key in keyof QueueItem]: QueueItem[Key] | undefined }): QueueItem {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined)) as QueueItem;
}
