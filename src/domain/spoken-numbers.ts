/** English number words, as people say them; so that `25` and "twenty-five" can be compared. */

const ones = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const scales = [
  { value: 1e12, name: 'trillion' },
  { value: 1e9, name: 'billion' },
  { value: 1e6, name: 'million' },
  { value: 1e3, name: 'thousand' },
  { value: 100, name: 'hundred' },
];
const irregularOrdinals: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

const numberWords = new Set([...ones, ...tens.slice(2), ...scales.map((scale) => scale.name)]);

/** Whether a lower-case word names a number: `twenty`, `hundred`. */
export function isNumberWord(word: string): boolean {
  return numberWords.has(word);
}

/** A whole number below 10^15 in words, without "and": 105 is `one hundred five`. */
export function spellInteger(value: number): string[] {
  if (value < 20) return [ones[value] ?? 'zero'];
  if (value < 100) {
    const rest = value % 10;
    return [tens[Math.floor(value / 10)] ?? '', ...(rest === 0 ? [] : spellInteger(rest))];
  }
  const scale = scales.find((candidate) => value >= candidate.value);
  if (scale === undefined) return [];
  const rest = value % scale.value;
  return [
    ...spellInteger(Math.floor(value / scale.value)),
    scale.name,
    ...(rest === 0 ? [] : spellInteger(rest)),
  ];
}

/** The same as an order: 21 is `twenty first`. */
export function spellOrdinal(value: number): string[] {
  const words = spellInteger(value);
  const last = words.pop() ?? 'zero';
  const ordinal = irregularOrdinals[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return [...words, ordinal];
}

/** A four-digit number as a year is said: 1813 is `eighteen thirteen`, 1900 `nineteen hundred`, 2005 `two thousand five`. */
export function spellYear(value: number): string[] {
  const century = Math.floor(value / 100);
  const rest = value % 100;
  if (century % 10 === 0 || value < 1100 || value > 2099) return spellInteger(value);
  if (rest === 0) return [...spellInteger(century), 'hundred'];
  if (rest < 10) return [...spellInteger(century), 'oh', ...spellInteger(rest)];
  return [...spellInteger(century), ...spellInteger(rest)];
}
