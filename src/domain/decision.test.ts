import { expect, it } from 'vitest';
import { decisionSchema, listEffective, type Decision } from './decision.ts';

const at = '2026-01-02T03:04:05.000Z';
const fix = (id: string): Decision => ({
  version: 1,
  id,
  at,
  kind: 'fix',
  detail: { heard: 'a', right: 'b' },
});
const undo = (id: string, of: string): Decision => ({ version: 1, id, at, kind: 'undo', detail: { id: of } });
const idsOf = (decisions: readonly Decision[]) => listEffective(decisions).map((decision) => decision.id);

it('leaves out what was undone, and brings back what an undone undo had taken', () => {
  expect(idsOf([fix('1'), fix('2'), undo('3', '2')])).toEqual(['1']);
  expect(idsOf([fix('1'), fix('2'), undo('3', '2'), undo('4', '3')])).toEqual(['1', '2']);
  expect(idsOf([fix('1'), undo('2', 'nobody')])).toEqual(['1']);
});

it('refuses a line that says more or less than it should', () => {
  expect(decisionSchema.safeParse(fix('1')).success).toBe(true);
  expect(decisionSchema.safeParse({ ...fix('1'), more: 1 }).success).toBe(false);
  expect(decisionSchema.safeParse({ ...fix('1'), at: 'yesterday' }).success).toBe(false);
});
