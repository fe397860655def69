import { basename } from 'node:path';

/** Who speaks into which file of a recording, as their names tell. */

/** A file, and whether it has a picture. */
export type NamedFile = { readonly path: string; readonly hasPicture: boolean };

/** Words of file names that say what a file is and not whose. */
const plainWords = new Set(
  (
    'audio track tracks mic mics microphone microfon cam camera video film movie clip rec recording record recorder raw edit edited final ' +
    'copy export exported stereo mono left right zoom riverside squadcast zencastr cleanfeed descript session ' +
    'podcast episode ep interview show talk call meeting host guest main master mix mixed mixdown room wide close closeup ' +
    'shot angle view front side back total scene take part channel ch output input lav lavalier boom iphone phone ' +
    'gopro sony canon nikon dji screen share obs img vid dsc dscf mvi mov gx gh pxl trim wav mp3 flac tmp test untitled new the a and of'
  ).split(' '),
);

/** Whose file it is in that case, if only one of the words is left. */
const roleWords = new Set(['host', 'guest']);

/** Names for sound of all at once, or of a camera: nobody's microphone. */
const mixWords = new Set(
  'mix mixed mixdown master room ambient ambience wide main all everyone total cam camera video gopro'.split(
    ' ',
  ),
);

/**
 * The speaker of each file, or undefined for a camera, and for the sound of all. Where there are files of sound alone, these are
 * the microphones, and what has a picture is a camera; where everything has a picture, a file whose name says a person is
 * that person's. What all names have in common says nothing.
 */
export function nameSpeakers(files: readonly NamedFile[]): (string | undefined)[] {
  const words = files.map(({ path }) => splitName(path));
  const common = new Set((words[0] ?? []).filter((word) => words.every((other) => other.includes(word))));
  const own = words.map((list) => list.filter((word) => !common.has(word)));
  const isMicrophone = files.map(({ hasPicture }) => !hasPicture);
  const hasMicrophones = isMicrophone.includes(true);
  const names = own.map((list, index) => {
    if (hasMicrophones && isMicrophone[index] !== true) return undefined;
    const said = list.filter((word) => !isPlain(word));
    if (said.length > 0) return said.slice(0, 3).map(capitalise).join(' ');
    const role = list.find((word) => roleWords.has(word.toLowerCase()));
    if (role !== undefined) return capitalise(role);
    if (!hasMicrophones || list.some((word) => mixWords.has(word.toLowerCase()))) return undefined;
    return '';
  });
  // Nobody's name, but one microphone among others: a number tells it apart.
  const microphones = names.filter((name) => name !== undefined).length;
  let number = 0;
  const counted = new Map<string, number>();
  return names.map((name) => {
    if (name === undefined || microphones < 2) return undefined;
    number += 1;
    const full = name === '' ? `Speaker ${number}` : name;
    const times = (counted.get(full) ?? 0) + 1;
    counted.set(full, times);
    return (times === 1 ? full : `${full} ${times}`).slice(0, 100);
  });
}

/** Which of some cameras belongs to a speaker by its name: one whose name has a word of the speaker's. */
export function isCameraOf(path: string, speaker: string): boolean {
  const own = new Set(splitName(path).map((word) => word.toLowerCase()));
  return speaker
    .toLowerCase()
    .split(' ')
    .some((word) => word.length > 1 && !isPlain(word) && word !== 'speaker' && own.has(word));
}

function splitName(path: string): string[] {
  return basename(path)
    .replace(/\.[^.]*$/u, '')
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{M}\p{N}'’]+/u)
    .flatMap((word) => word.split(/(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/u))
    .filter((word) => word !== '');
}

function isPlain(word: string): boolean {
  return /^\p{N}+$/u.test(word) || word.length === 1 || plainWords.has(word.toLowerCase());
}

function capitalise(word: string): string {
  const [first = '', ...rest] = word;
  const isShouted = word.length > 1 && word === word.toUpperCase();
  return first.toUpperCase() + (isShouted ? rest.join('').toLowerCase() : rest.join(''));
}
