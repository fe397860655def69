/** The shapes that clips come in, and the canvas of each in px: what the platforms show without scaling. */
export const aspects = {
  '9:16': { width: 1080, height: 1920 },
  '4:5': { width: 1080, height: 1350 },
  '1:1': { width: 1080, height: 1080 },
  '16:9': { width: 1920, height: 1080 },
} as const;
/** A shape by its name. */
export type Aspect = keyof typeof aspects;

/** The shapes by name, tallest first. */
export const aspectNames = Object.keys(aspects) as Aspect[];

/**
 * How a picture of another shape comes onto the canvas: as what is in it asks for, cut to fill it with the camera on whoever
 * matters, those who speak in panes, a screen with the face of whoever speaks, or whole over a blurred fill.
 */
export const layoutNames = ['auto', 'fill', 'split', 'screen', 'fit'] as const;
/** One of the layouts that can be asked for. */
export type Layout = (typeof layoutNames)[number];
