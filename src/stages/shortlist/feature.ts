import type { Material } from './material.ts';
import type { FeatureName } from './weights.ts';

/** A stretch of units, `from` to `to` (half-open), and where it would be cut. Times are ms. */
export type Stretch = {
  readonly from: number;
  readonly to: number;
  readonly startMs: number;
  readonly endMs: number;
};

/** What a feature depends on: the stretch's first unit, its last unit, or all of it. The first two are measured once a unit. */
export type FeatureScope = 'start' | 'end' | 'stretch';

/** One documented thing that speaks for or against a stretch. */
export type Feature = {
  readonly name: FeatureName;
  readonly scope: FeatureScope;
  /** 0 to 1; undefined when it cannot be judged here: no sound, another language. Pure. */
  measure(material: Material, stretch: Stretch): number | undefined;
  /** The value in words, for a person. */
  tell(value: number, material: Material, stretch: Stretch): string;
};

/** A few words in quotation marks, at most `maxChars` of them. */
export function quote(text: string, maxChars = 60): string {
  const clean = text.replaceAll(/\s+/gu, ' ').trim();
  if (clean.length <= maxChars) return `“${clean}”`;
  const cut = clean.slice(0, maxChars);
  return `“${cut.slice(0, Math.max(cut.lastIndexOf(' '), maxChars / 2)).trimEnd()} …”`;
}

/** Brings a number between 0 and 1. */
export function clampUnit(value: number): number {
  return Math.max(0, Math.min(1, value));
}
