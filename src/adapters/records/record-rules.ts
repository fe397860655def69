import { PatternPivotError } from '../../domain/errors.ts';
import type { RecordCondition, RecordRange, StoredRecord } from '../../ports/records.ts';

/** What holds for records in every store: their names, their JSON, their versions, their end. */

const maxIdBytes = 300;
const collectionPattern = /^[a-z0-9][a-z0-9-]{0,62}$/u;

/** How many records a list gives where nothing is said. */
export const defaultLimit = 100;

/** A page ends early once its values have this many bytes: so that reading page by page needs little memory, whatever is read. */
export const maxPageBytes = 8_000_000;

/** Refuses what is no name of a collection. @throws input.record_collection */
export function assertCollection(collection: string): void {
  if (collectionPattern.test(collection)) return;
  throw new PatternPivotError('input.record_collection', 'A collection is named by a–z, 0–9 and -.', {
    context: { collection },
  });
}

/** Refuses what is no id. @throws input.record_id */
export function assertId(id: string): void {
  if (id !== '' && id.isWellFormed() && Buffer.byteLength(id) <= maxIdBytes) return;
  throw new PatternPivotError(
    'input.record_id',
    `The id of a record is a text of 1 to ${maxIdBytes} bytes.`,
    {
      context: { id: id.slice(0, 100) },
    },
  );
}

/** The JSON of a value. @throws input.record_not_json, input.record_too_large */
export function toJson(value: unknown, id: string, maxValueBytes: number): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw notJson(id, error);
  }
  if (text === undefined) throw notJson(id);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes <= maxValueBytes) return text;
  throw new PatternPivotError(
    'input.record_too_large',
    `The record ${id} has ${sizeBytes} bytes, and ${maxValueBytes} is the most.`,
    { hint: 'Keep what is large in a blob.', context: { id, sizeBytes } },
  );
}

function notJson(id: string, cause?: unknown): PatternPivotError {
  return new PatternPivotError('input.record_not_json', `The value of record ${id} is no plain JSON.`, {
    cause,
    context: { id },
  });
}

/** A moment as ms since 1970; undefined stays undefined. @throws input.record_expiry */
export function toMs(expiresAt: string | undefined): number | undefined {
  if (expiresAt === undefined) return undefined;
  const ms = Date.parse(expiresAt);
  if (!Number.isNaN(ms)) return ms;
  throw new PatternPivotError('input.record_expiry', `"${expiresAt.slice(0, 40)}" is no moment in time.`, {
    context: { expiresAt: expiresAt.slice(0, 40) },
  });
}

/** A stored record out of its parts; `expiresMs` as {@link toMs} gives it. */
export function makeRecord(
  id: string,
  value: unknown,
  version: number,
  expiresMs: number | undefined,
): StoredRecord {
  const record = { id, value, version };
  return expiresMs === undefined ? record : { ...record, expiresAt: new Date(expiresMs).toISOString() };
}

/** Refuses a change of another version than was meant. @throws conflict.record_changed when `version` (0: there is none) is not the one that was meant */
export function assertVersion(id: string, version: number, { ifVersion }: RecordCondition = {}): void {
  if (ifVersion === undefined || ifVersion === version) return;
  throw new PatternPivotError(
    'conflict.record_changed',
    `Another process changed the record ${id} meanwhile.`,
    {
      retryable: true,
      hint: 'Run it again.',
      context: { id, expectedVersion: ifVersion, version },
    },
  );
}

/** Whether two records say the same, in the same version. */
export function isSameRecord(a: StoredRecord, b: StoredRecord): boolean {
  return (
    a.version === b.version &&
    toMs(a.expiresAt) === toMs(b.expiresAt) &&
    JSON.stringify(a.value) === JSON.stringify(b.value)
  );
}

/** Which ids a range holds: from `from` on, before `before`. Undefined where it can hold none. */
export function boundsOf({
  prefix = '',
  after,
  before,
}: RecordRange): { readonly from: string; readonly before: string | undefined } | undefined {
  // Nothing lies between a text and the same one with a NUL behind it.
  const from = after === undefined ? prefix : largerOf(prefix, `${after}\0`);
  const ends = [before, endOfPrefix(prefix)].filter((end) => end !== undefined);
  const end = ends.reduce<string | undefined>(
    (least, each) => (least === undefined || compareBytes(each, least) < 0 ? each : least),
    undefined,
  );
  if (end !== undefined && compareBytes(from, end) >= 0) return undefined;
  return { from, before: end };
}

/** The first text after all that begin with `prefix`; undefined where there is none. */
function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    if (last === 0x10ffff) continue;
    // After U+D7FF come the surrogates, which stand for no character.
    return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}

const largerOf = (a: string, b: string) => (compareBytes(a, b) >= 0 ? a : b);

/** The order of UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
