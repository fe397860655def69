import { splitUnspaced } from '../../domain/caption-join.ts';
import type { Word } from '../../domain/transcript.ts';
import { normaliseWords } from '../../domain/word-normaliser.ts';

/** Heard words and what is written in their place: one for one, several for one, one for several. */
export type WordGroup = {
  /** Heard words, half-open; empty only where nothing was heard at all. */
  readonly start: number;
  readonly end: number;
  /** What is written for them; empty where they were taken out. */
  readonly written: readonly string[];
};

/** So many heard words may become one, and the other way round: "cooper net is" is Kubernetes. */
const maxJoined = 4;

/** What a word costs that stands for none, beside a word that is altogether another: 1. */
const unpairedCost = 0.7;
/** What joining and dividing cost beside how unlike the letters are, for each word more. */
const joinCost = 0.08;

/**
 * Pairs heard words with written ones by least cost: how unlike their letters are, for each word that is joined or divided, since
 * several may stand for one. A written word that
 * nothing was heard for joins the group before it (the first: the one after), so that it has a time.
 */
export function alignWritten(heard: readonly string[], written: readonly string[]): WordGroup[] {
  const [rows, columns] = [heard.length + 1, written.length + 1];
  const costs = new Float64Array(rows * columns).fill(Infinity);
  const steps = new Uint8Array(rows * columns);
  const heardLetters = heard.map(spokenLetters);
  const writtenLetters = written.map(spokenLetters);
  costs[0] = 0;
  const reach = (from: number, to: number, cost: number, step: number) => {
    if (costs[from]! + cost >= costs[to]! - 1e-12) return;
    costs[to] = costs[from]! + cost;
    steps[to] = step;
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      if (row < heard.length) reach(at, at + columns, unpairedCost, 1 << 4);
      if (column < written.length) reach(at, at + 1, unpairedCost, 1);
      if (row === heard.length || column === written.length) continue;
      let joined = '';
      for (let taken = 1; taken <= maxJoined && row + taken <= heard.length; taken++) {
        joined += heardLetters[row + taken - 1]!;
        const unlike = 1 - likenessOf(joined, writtenLetters[column]!);
        const cost = taken * unlike + joinCost * (taken - 1);
        reach(at, at + taken * columns + 1, cost, (taken << 4) | 1);
      }
      joined = writtenLetters[column]!;
      for (let taken = 2; taken <= maxJoined && column + taken <= written.length; taken++) {
        joined += writtenLetters[column + taken - 1]!;
        const unlike = 1 - likenessOf(heardLetters[row]!, joined);
        const cost = taken * unlike + joinCost * (taken - 1);
        reach(at, at + columns + taken, cost, (1 << 4) | taken);
      }
    }
  }
  return trace(steps, rows, columns, written);
}

function trace(steps: Uint8Array, rows: number, columns: number, written: readonly string[]): WordGroup[] {
  const groups: WordGroup[] = [];
  let [row, column] = [rows - 1, columns - 1];
  while (row > 0 || column > 0) {
    const step = steps[row * columns + column]!;
    const [takenRows, takenColumns] = [step >> 4, step & 15];
    groups.push({ start: row - takenRows, end: row, written: written.slice(column - takenColumns, column) });
    row -= takenRows;
    column -= takenColumns;
  }
  return giveTimes(groups.toReversed());
}

/** What was written for nothing joins a neighbour that was heard. */
function giveTimes(groups: readonly WordGroup[]): WordGroup[] {
  const kept: WordGroup[] = [];
  let leading: readonly string[] = [];
  for (const group of groups) {
    const last = kept.at(-1);
    if (group.start < group.end) {
      // A word that was taken out gives nobody its time.
      if (leading.length > 0 && group.written.length > 0) {
        kept.push({ ...group, written: [...leading, ...group.written] });
        leading = [];
      } else kept.push(group);
    } else if (last === undefined || last.written.length === 0) leading = [...leading, ...group.written];
    else kept[kept.length - 1] = { ...last, written: [...last.written, ...group.written] };
  }
  const last = kept.at(-1);
  if (leading.length > 0 && last !== undefined) {
    kept[kept.length - 1] = { ...last, written: [...last.written, ...leading] };
  }
  return kept;
}

/** The words of a group as they are written, sharing the time of those heard by their letters. */
export function writeGroup(heard: readonly Word[], { start, end, written }: WordGroup): Word[] {
  const own = heard.slice(start, end);
  const first = own[0];
  if (first === undefined || written.length === 0) return [];
  const isSame = own.length === 1 && written.length === 1 && lettersOf(first.text) === lettersOf(written[0]!);
  if (isSame) return [{ ...first, text: written[0]! }];
  const startMs = first.startMs;
  const endMs = own.reduce((latest, word) => Math.max(latest, word.endMs), startMs);
  const heardAs = own.map((word) => word.heardAs ?? word.text).join(' ');
  const confidence = Math.min(...own.map((word) => word.confidence));
  const letters = written.map((text) => Math.max(1, lettersOf(text).length));
  const total = letters.reduce((sum, count) => sum + count, 0);
  let before = 0;
  return written.map((text, index): Word => {
    const at = (count: number) => Math.round(startMs + ((endMs - startMs) * count) / total);
    const word: Word = {
      text,
      startMs: at(before),
      endMs: at(before + letters[index]!),
      confidence,
      heardAs,
      ...(first.speaker === undefined ? {} : { speaker: first.speaker }),
    };
    before += letters[index]!;
    return word;
  });
}

/** A text as words, in scripts without spaces too. */
export function splitWritten(text: string): string[] {
  return text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .flatMap(splitUnspaced);
}

/** A word as it is compared: its letters and digits, small, without accents. */
export function lettersOf(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** The letters of a text as it is said: 25 is twentyfive, "don't" is donot. */
export function spokenLetters(text: string): string {
  const spoken = lettersOf(normaliseWords(text, 'spoken-english').join(''));
  // A hesitation is no word to a normaliser, but it was said.
  return spoken === '' ? lettersOf(text) : spoken;
}

/** How alike two words are in their letters, 0 to 1: edit distance over the longer length. */
export function likenessOf(one: string, other: string): number {
  if (one === other) return 1;
  const longer = Math.max(one.length, other.length);
  // Nothing that long is a word.
  if (longer > 200) return 0;
  const row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    let diagonal = i - 1;
    row[0] = i;
    for (let j = 1; j <= other.length; j++) {
      const above = row[j]!;
      row[j] = Math.min(above + 1, row[j - 1]! + 1, diagonal + (one[i - 1] === other[j - 1] ? 0 : 1));
      diagonal = above;
    }
  }
  return 1 - row[other.length]! / longer;
}
