import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredRecord } from '../../ports/records.ts';
import { makeRecord } from './record-rules.ts';
import { tokensKept } from './write-tokens.ts';

/** An item of the table, as the protocol has it. */
export type Item = Record<string, AttributeValue>;

/**
 * An item has at most 400 KB, its names, its keys and what is noted of its writes among them:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const maxValueBytes = 400_000;

/** About what an item has beside its JSON, in bytes: names and numbers. Its id comes on top. */
const restBytes = 120;

/** How many bytes an item has, about. */
export function sizeOfItem(id: string, json: string): number {
  return Buffer.byteLength(json) + Buffer.byteLength(id) + restBytes;
}

/** The attribute that remembers who made a version: so many take turns. */
export function tokenAttribute(version: number): string {
  return `w${version % tokensKept}`;
}

/** When an item ends: exactly, and in the seconds that DynamoDB's own clearing away wants (rounded up: never too early). */
export function expiryAttributes(expiresMs: number | undefined): Item {
  if (expiresMs === undefined) return {};
  return { expiresMs: { N: String(expiresMs) }, expiresSec: { N: String(Math.ceil(expiresMs / 1000)) } };
}

/** The attribute by which DynamoDB clears away what has expired. */
export const timeToLiveAttribute = 'expiresSec';

/** The record of an item. @throws SyntaxError where its JSON is none */
export function recordOfItem(item: Item): StoredRecord {
  return makeRecord(
    item['sk']?.S ?? '',
    JSON.parse(item['json']?.S ?? ''),
    versionOf(item),
    expiresMsOf(item),
  );
}

/** Which version an item is. */
export function versionOf(item: Item): number {
  return Number(item['ver']?.N ?? 1);
}

function expiresMsOf(item: Item): number | undefined {
  const text = item['expiresMs']?.N;
  return text === undefined ? undefined : Number(text);
}

/** Whether an item is there still: DynamoDB may clear it away days after its end. */
export function isLive(item: Item, nowMs: number): boolean {
  return (expiresMsOf(item) ?? Infinity) > nowMs;
}

/** How a write asks for what is there. `:now` is the moment in ms, `:expected` a version. */
export const conditions = {
  /** Nothing. */
  none: 'attribute_not_exists(sk) OR expiresMs <= :now',
  /** This version. */
  version: 'ver = :expected AND (attribute_not_exists(expiresMs) OR expiresMs > :now)',
  /** Nothing, or an older version. */
  older: 'attribute_not_exists(sk) OR expiresMs <= :now OR ver < :expected',
} as const;
