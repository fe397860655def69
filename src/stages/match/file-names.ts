import { splitUnspaced } from '../../domain/caption-join.ts';

/** What the name of a file says of the video that it may be. Pure. */

/** Words that people put into the names of exports, and that say nothing of what is in them. */
const exportWords = new Set(
  (
    'final finished export exported edit edited master draft copy render rendered version upload uploaded youtube yt video movie clip ' +
    'full new old hd uhd fhd hq 4k 2k 8k 720p 1080p 1080 1440p 2160p 60fps 30fps fps h264 h265 x264 hevc prores aac mp4 mov mkv webm avi'
  ).split(' '),
);

/** What cameras, phones and recorders call their files: nobody chose these names. */
const cameraName =
  /^(?:img|mvi|mov|dsc[fn]?|dscn|gopr|gh\d?|gx\d?|gp\d{2}|vid|pxl|dji|zoom|obs|rec|recording|screen ?recording|untitled|sequence|clip|track|audio|video|capture|mah|c|a|p|s|sam)?[\s_-]*\d[\d\s_.-]*$/iu;

/** The id of a video on YouTube stands where programs that save videos put it: `Title [dQw4w9WgXcQ].mp4`. */
const bracketedId = /[[(]([\w-]{11})[\])](?=$|[\s._-])/gu;

/** An id alone, and no eleven letters that somebody chose, such as `film-part-1`: three ids in a thousand have no capital. */
const loneId = /^(?=.*\p{Lu})[\w-]{11}$/u;

/** A name without its folders and its ending. */
function stemOf(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return base.replace(/(?<=.)\.[A-Za-z0-9]{1,5}$/u, '');
}

/** The ids that a file name may hold: in brackets, at its end after a hyphen, or alone. Only a known one means anything. */
function findIds(stem: string): string[] {
  const found = [...stem.matchAll(bracketedId)].map((match) => match[1] ?? '');
  const alone = /^[\w-]{11}$/u.exec(stem)?.[0] ?? /(?:^|[-_\s])([\w-]{11})$/u.exec(stem)?.[1];
  return alone === undefined ? found : [...found, alone];
}

/** A text as it is compared: letters and digits alone, small, in one form. */
function lettersAlone(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');
}

/** Takeout cuts names at 47 UTF-16 units, ending and number with them; so much is surely left of a long title. */
const shortestCut = 36;

/** What a file name says, read once: a name is compared with thousands of titles. */
export type ReadName = {
  readonly name: string;
  readonly ids: readonly string[];
  /** The words that somebody chose; none of `MVI_0042.MOV` and `final_v3.mp4`. */
  readonly words: readonly string[];
  /** Its letters and digits, with the number of a second file of one name and without, and how long each was. */
  readonly letters: readonly { readonly text: string; readonly isCut: boolean }[];
  /** The beginnings of its words: a title that has none of them shares no word. */
  readonly beginnings: ReadonlySet<string>;
};

/** What a title says, read once. */
export type ReadTitle = { readonly letters: string; readonly words: readonly string[] };

/** Words of so many letters may be cut short. */
const beginningLetters = 4;

/** Reads a file name, with folders or without. */
export function readName(name: string): ReadName {
  const stem = stemOf(name);
  const words = chosenWords(stem);
  const bare = stem.replace(/\s?\(\d{1,4}\)$/u, '');
  return {
    name,
    ids: findIds(stem),
    words,
    letters: [...new Set([stem, bare])].map((text) => ({
      text: lettersAlone(text),
      isCut: text.length >= shortestCut,
    })),
    beginnings: new Set(words.map(beginningOf)),
  };
}

/** Reads the title of a video. */
export function readTitle(title: string): ReadTitle {
  return { letters: lettersAlone(title), words: titleWords(title) };
}

const beginningOf = (word: string) => word.slice(0, beginningLetters);

/**
 * Whether Takeout would give a video of this title this file name: letters that no file system takes are left out or become `_`, long names
 * are cut, and a second one of the same name gets `(1)`. Nobody documents exactly how: so letters and digits alone are compared.
 */
export function isTakeoutName({ letters }: ReadName, title: ReadTitle): boolean {
  return letters.some(
    ({ text, isCut }) => text === title.letters || (isCut && text !== '' && title.letters.startsWith(text)),
  );
}

/** How much a word tells one title from another: the fewer have it, the more. */
export type WordWeights = (word: string) => number;

/** Weighs words by the titles of all videos that are in question. */
export function weighWords(titles: readonly ReadTitle[]): WordWeights {
  const counts = new Map<string, number>();
  for (const { words } of titles) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weightOf = (count: number) => Math.log(1 + (titles.length + 1) / (count + 0.5));
  const weights = new Map([...counts].map(([word, count]) => [word, weightOf(count)]));
  const unknown = weightOf(0);
  return (word) => weights.get(word) ?? unknown;
}

/**
 * How alike a chosen file name and a title are, 0 to 1, by the weight of the words that they share; undefined where one has no words. A number
 * that stands in both places and differs (episode 12, episode 13) makes them unlike.
 */
export function compareTitle(name: ReadName, title: ReadTitle, weigh: WordWeights): number | undefined {
  const [own, wanted] = [name.words, title.words];
  if (own.length === 0 || wanted.length === 0) return undefined;
  let [all, shared] = [0, 0];
  const met = new Set<string>();
  for (const word of wanted) {
    const weight = weigh(word);
    all += weight;
    if (!name.beginnings.has(beginningOf(word))) continue;
    const same = own.filter((mine) => isSameWord(mine, word));
    if (same.length > 0) shared += weight;
    for (const mine of same) met.add(mine);
  }
  for (const mine of own) if (!met.has(mine)) all += weigh(mine);
  const likeness = shared / all;
  const ownNumbers = own.filter(isNumber).map(Number);
  const wantedNumbers = wanted.filter(isNumber).map(Number);
  const disagrees =
    ownNumbers.length > 0 &&
    wantedNumbers.length > 0 &&
    !ownNumbers.some((number) => wantedNumbers.includes(number));
  return disagrees ? likeness * 0.3 : likeness;
}

const isNumber = (word: string) => word.length <= 3 && /^\d{1,3}$/u.test(word);

function isSameWord(one: string, other: string): boolean {
  if (one === other) return true;
  if (Math.min(one.length, other.length) < beginningLetters) return false;
  return one.startsWith(other) || other.startsWith(one);
}

/** The words of a title, small, in one form, each once. */
function titleWords(text: string): string[] {
  const words = text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap(splitUnspaced)
    .filter((word) => word !== '');
  return [...new Set(words)];
}

/** The words of a file name that somebody chose. */
function chosenWords(stem: string): string[] {
  const chosen = stem.replaceAll(bracketedId, ' ').trim();
  if (cameraName.test(chosen) || loneId.test(chosen)) return [];
  const words = titleWords(chosen.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' '));
  return words.filter((word) => !exportWords.has(word) && !/^v\d{1,3}$|^\d{3,4}x\d{3,4}$/u.test(word));
}
