import { describe, expect, test } from 'vitest';
import { canonicalJson, stageKey } from './stage.ts';

describe('the key of a result', () => {
  test('is the same for the same inputs in another order, and 64 hex digits', () => {
    const a = stageKey({ name: 'hear', version: 1, inputs: { hash: 'x', options: { a: 1, b: [1, 2] } } });
    const b = stageKey({ name: 'hear', version: 1, inputs: { options: { b: [1, 2], a: 1 }, hash: 'x' } });
    expect(a).toBe(b);
    expect(a).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with the name, the version and any input', () => {
    const keys = [
      stageKey({ name: 'hear', version: 1, inputs: { a: 1 } }),
      stageKey({ name: 'render', version: 1, inputs: { a: 1 } }),
      stageKey({ name: 'hear', version: 2, inputs: { a: 1 } }),
      stageKey({ name: 'hear', version: 1, inputs: { a: 2 } }),
      stageKey({ name: 'hear', version: 1, inputs: { a: [1] } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('treats a left-out option like an undefined one, and tells 0 and false from both', () => {
    expect(canonicalJson({ a: undefined, b: 0, c: false, d: null })).toBe('{"b":0,"c":false,"d":null}');
    expect(canonicalJson({ b: 0, c: false, d: null })).toBe(
      canonicalJson({ a: undefined, b: 0, c: false, d: null }),
    );
  });
});
