import type { Timeline, TitleAsset } from '../../domain/timeline.ts';
import { number } from './fcpxml-adjust.ts';
import { toOneLine } from './track-items.ts';
import { element, textElement, type XmlElement } from './xml.ts';

/** The text generator of Final Cut Pro 7 XML, for titles and captions. */

type SetText = Pick<TitleAsset, 'text' | 'font' | 'fontSizePx' | 'color' | 'place'>;

/** Where a text stands: shares of the canvas's height from its middle, down. */
const heights: Readonly<Record<TitleAsset['place'], number>> = { top: -0.3, middle: 0, bottom: 0.3 };

/** The effect of a generator item that draws words. */
export function textGenerator(title: SetText, canvas: Pick<Timeline, 'width' | 'height'>): XmlElement {
  const size = (title.fontSizePx * Math.min(canvas.width, canvas.height)) / 1080;
  return element(
    'effect',
    {},
    textElement('name', 'Text'),
    textElement('effectid', 'Text'),
    textElement('effectcategory', 'Text'),
    textElement('effecttype', 'generator'),
    textElement('mediatype', 'video'),
    parameter('str', 'Text', textElement('value', toOneLine(title.text))),
    parameter('fontname', 'Font', textElement('value', toOneLine(title.font))),
    parameter('fontsize', 'Size', textElement('value', number(size))),
    // 2 is centred.
    parameter('fontalign', 'Alignment', textElement('value', 2)),
    parameter('fontcolor', 'Font Color', colorElement(title.color)),
    parameter(
      'origin',
      'Origin',
      element('value', {}, textElement('horiz', 0), textElement('vert', heights[title.place])),
    ),
  );
}

function parameter(id: string, name: string, value: XmlElement): XmlElement {
  return element('parameter', {}, textElement('parameterid', id), textElement('name', name), value);
}

/** A colour as a parameter's value. */
export function colorElement(color: string): XmlElement {
  const part = (at: number) => Number.parseInt(color.slice(at, at + 2), 16);
  return element(
    'value',
    {},
    textElement('alpha', 255),
    textElement('red', part(1)),
    textElement('green', part(3)),
    textElement('blue', part(5)),
  );
}
