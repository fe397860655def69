/** Whether letters can be read on a colour: the contrast of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */

/** Relative luminance of a colour written `#RRGGBB`: 0 is black, 1 is white. */
export function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of two colours, 1 (the same) to 21 (black and white). Large letters want at least 3. */
export function contrastOf(one: string, other: string): number {
  const [light, dark] = [luminanceOf(one), luminanceOf(other)].toSorted((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** What large letters want at least (WCAG 2.2, 1.4.3). */
export const largeTextContrast = 3;

/** The wanted colour where it can be read on (or around) another, else black or white, whichever can be read better. */
export function readableOn(background: string, wanted: string): string {
  if (contrastOf(background, wanted) >= largeTextContrast) return wanted;
  return contrastOf(background, '#FFFFFF') >= contrastOf(background, '#000000') ? '#FFFFFF' : '#000000';
}
