import type { Script, ScriptLine } from '../../domain/script.ts';
import { findTags } from '../post/tags.ts';
import { shortenTitle, stripControls, writeTitle } from '../shortlist/title.ts';

/** What goes with a script when its video is posted: made of its own lines, so that nothing new is claimed. */

/** Limits of the document. */
const maxDescriptionChars = 5000;
const maxTags = 8;

/** A source that a script rests on, and where. Times are ms. */
export type ScriptSource = {
  readonly title: string;
  readonly address?: string | undefined;
  readonly atMs: number;
};

/** The title, the description with its sources, and the tags. `surroundings`: sentences of the sources, against which a tag must stand out. */
export function describeScript(
  lines: readonly ScriptLine[],
  about: {
    readonly way: Script['way'];
    readonly model?: string | undefined;
    readonly title?: string | undefined;
    readonly sources: readonly ScriptSource[];
    readonly surroundings: readonly string[];
  },
): Pick<Script, 'title' | 'description' | 'tags'> {
  const texts = lines.map(({ text }) => text);
  const made = about.title ?? writeTitle(texts.slice(0, lines[0]?.receipts.length === 0 ? 1 : 3));
  const title = shortenTitle(plainLine(made), 100);
  const how =
    about.way === 'extractive'
      ? 'Made of sentences that were said in these recordings, in a new order.'
      : `Written${about.model === undefined ? '' : ` by ${about.model}`} from what was said in these recordings.`;
  const from = about.sources.map(
    ({ title: name, address, atMs }) =>
      `“${shortenTitle(plainLine(name), 80)}”${address === undefined ? '' : ` (${address})`}, ${clock(atMs)}`,
  );
  const description = [texts.slice(0, 2).join(' '), '', how, ...new Set(from)].join('\n');
  return {
    title: title === '' ? 'Untitled' : title,
    description: [...description].slice(0, maxDescriptionChars).join(''),
    tags: findTags(texts.join(' '), about.surroundings, maxTags),
  };
}

function plainLine(text: string): string {
  return stripControls(text).replaceAll(/\s+/gu, ' ').trim();
}

/** A time as people write it: `12:05`, `1:02:03`. */
function clock(ms: number): string {
  const all = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}
