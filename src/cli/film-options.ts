import { relative } from 'node:path';
import { Option, type Command } from 'commander';
import { aspectNames, layoutNames } from '../domain/aspect.ts';
import { tightenModes } from '../domain/tightening.ts';
import type { MadeClip } from '../recipes/events.ts';
import type { FlagTable, Session, Shell } from './run-command.ts';
import { toPrintable } from './terminal.ts';

/** Options of commands that make one film out of a library. */
export type FilmFlags = {
  readonly out?: string;
  readonly captions?: string;
  readonly emphasis?: boolean;
  readonly aspect?: string;
  readonly layout?: string;
  readonly tighten?: string;
  readonly brand?: string;
  readonly preview?: boolean;
};

/** Which of them set settings. */
export const filmFlagTable: FlagTable = {
  out: { setting: 'out', flag: '--out' },
  captions: { setting: 'captions.style', flag: '--captions' },
  emphasis: { setting: 'captions.emphasis', flag: '--no-emphasis' },
  aspect: { setting: 'render.aspect', flag: '--aspect' },
  layout: { setting: 'render.layout', flag: '--layout' },
  tighten: { setting: 'edit.tighten', flag: '--tighten' },
  brand: { setting: 'brand', flag: '--brand' },
};

/** Adds how a film looks and where it goes; `hasTighten`: whether there is air in it to cut. */
export function addFilmOptions(command: Command, { hasTighten }: { readonly hasTighten: boolean }): Command {
  command
    .option('--out <folder>', 'the folder that it goes to (default: clips)')
    .addOption(new Option('--aspect <shape>', '9:16, 4:5, 1:1 or 16:9').choices(aspectNames))
    .addOption(new Option('--layout <name>', 'auto, fill, split, screen or fit').choices(layoutNames))
    .option('--captions <style>', 'a style of pivot styles, a file, or none')
    .option('--no-emphasis', 'no key words set apart')
    .option('--brand <file>', 'a brand.json: fonts, colours, logo, intro')
    .option('--preview', 'quick, 360 pixels wide, not checked');
  if (!hasTighten) return command;
  return command.addOption(
    new Option('--tighten <mode>', 'cut pauses: off, natural or fast').choices(tightenModes),
  );
}

/** The flags as settings: commander gives `--no-emphasis` a value even where nobody wrote it. */
export function filmSettings(flags: FilmFlags): Readonly<Record<string, unknown>> {
  return { ...flags, emphasis: flags.emphasis === false ? false : undefined };
}

/** A path as a person in this folder would write it. */
export function showPath(path: string, shell: Shell): string {
  const near = relative(shell.cwd, path);
  return toPrintable(near.startsWith('..') || near === '' ? path : near);
}

/** Says where a film is, or what is wrong with it. @returns the exit code */
export function sayFilm(clip: MadeClip, { say, complain, paint }: Session, shell: Shell): number {
  const path = clip.files['video'];
  if (clip.status === 'made' && path !== undefined) {
    say(`${paint('green', '✓')} ${showPath(path, shell)}`);
    return 0;
  }
  const what = clip.status === 'failed' ? 'did not pass its check' : 'could not be made';
  const name = path === undefined ? toPrintable(clip.name) : showPath(path, shell);
  complain(paint('red', `${name} ${what}: ${toPrintable(clip.problem ?? '')}`));
  return 5;
}
