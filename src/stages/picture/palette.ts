/** The colours of a created short: one set for all of its pictures, so that they belong together. Pure. */

/** Colours as `#RRGGBB`: a background from `deep` to `mid`, a `glow` in it, and what is set apart in `accent`. */
export type Palette = {
  readonly name: string;
  readonly deep: string;
  readonly mid: string;
  readonly glow: string;
  readonly accent: string;
};

/** Chosen by eye beside each other on a phone; `accent` has a contrast of at least 7 on `deep`. */
export const palettes: readonly Palette[] = [
  { name: 'dusk', deep: '#0C1030', mid: '#4A2170', glow: '#FF7A59', accent: '#FFC46B' },
  { name: 'tide', deep: '#041F2A', mid: '#0F5A6B', glow: '#2EC4B6', accent: '#8CF5E2' },
  { name: 'ember', deep: '#1C0A0A', mid: '#7A2418', glow: '#FF6B35', accent: '#FFC857' },
  { name: 'moss', deep: '#0A1A12', mid: '#1F5A40', glow: '#7BC950', accent: '#D7F78E' },
  { name: 'ink', deep: '#0A0C14', mid: '#28304E', glow: '#5B7CFA', accent: '#F5E663' },
  { name: 'plum', deep: '#170A1E', mid: '#5B1E63', glow: '#F25CA2', accent: '#FFB3D9' },
];

/** The set of a seed: the same for the same topic. A brand's colour takes the place of the accent. */
export function choosePalette(seed: number, accent?: string): Palette {
  const palette = palettes[Math.abs(Math.trunc(seed)) % palettes.length]!;
  return accent === undefined ? palette : { ...palette, accent };
}
