import type { Timeline, TitleAsset } from '../../domain/timeline.ts';
import { number } from './fcpxml-adjust.ts';
import { formatSeconds } from './fcpxml-time.ts';
import { framesOfCue } from './otio.ts';
import { textOfWords, toOneLine } from './track-items.ts';
import { element, type XmlElement } from './xml.ts';

/** Captions and titles of FCPXML. Both begin at an hour in their own time, as Final Cut Pro writes them. */

const ownStart = '3600s';

/** The role that captions need: which kind they are, and their language. */
const captionRole = 'iTT?captionFormat=ITT.en';

/** Where a title stands, as a share of the canvas's height above its middle. */
const titleHeights: Readonly<Record<TitleAsset['place'], number>> = { top: 0.3, middle: 0, bottom: -0.3 };

/** Something that hangs on a clip of the primary storyline. */
export type Hanging = { readonly startFrame: number; make(offset: string): XmlElement };

/** All captions, on a lane of their own. */
export function captionsOf(timeline: Timeline, lane: number): Hanging[] {
  const { frameRate, captions } = timeline;
  return captions.cues.map((cue, index) => {
    const { startFrame, durationFrames } = framesOfCue(cue, frameRate);
    const nextFrame = captions.cues[index + 1];
    const roomFrames =
      nextFrame === undefined
        ? timeline.durationFrames - startFrame
        : framesOfCue(nextFrame, frameRate).startFrame - startFrame;
    const text = textOfWords(cue.words);
    const style = `caption${index + 1}`;
    return {
      startFrame,
      make: (offset) =>
        element(
          'caption',
          {
            lane,
            offset,
            name: text,
            start: ownStart,
            duration: formatSeconds(Math.max(1, Math.min(durationFrames, roomFrames)), frameRate),
            role: captionRole,
          },
          element('text', { placement: 'bottom' }, element('text-style', { ref: style }, text)),
          element(
            'text-style-def',
            { id: style },
            element('text-style', {
              font: 'Helvetica',
              fontSize: 60,
              fontColor: '1 1 1 1',
              alignment: 'center',
            }),
          ),
        ),
    };
  });
}

/** A title. `index` tells it from the others of the document. */
export function titleElement(
  asset: TitleAsset,
  attributes: Readonly<Record<string, string | number | undefined>>,
  timeline: Timeline,
  refs: { effect: string; index: number },
): XmlElement {
  const style = `title${refs.index}`;
  const text = toOneLine(asset.text);
  const y = number(titleHeights[asset.place] * timeline.height);
  return element(
    'title',
    { ref: refs.effect, ...attributes, name: text, start: ownStart },
    element('param', { name: 'Position', key: '9999/999166631/999166633/1/100/101', value: `0 ${y}` }),
    element('text', {}, element('text-style', { ref: style }, text)),
    element(
      'text-style-def',
      { id: style },
      element('text-style', {
        font: asset.font,
        fontSize: number((asset.fontSizePx * Math.min(timeline.width, timeline.height)) / 1080),
        fontColor: `${colorComponents(asset.color)} 1`,
        alignment: 'center',
      }),
    ),
  );
}

/** `#FF8000` as `1 0.50196 0`. */
export function colorComponents(color: string): string {
  return [1, 3, 5].map((at) => number(Number.parseInt(color.slice(at, at + 2), 16) / 255)).join(' ');
}
