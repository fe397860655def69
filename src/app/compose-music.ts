import { createComposer } from '../adapters/music/composer.ts';
import type { Music } from '../ports/music.ts';
import { writeScore } from '../stages/compose/write-score.ts';
import type { Config } from './config.ts';
import type { MeterAt } from './meters.ts';

/** What a maker of music is put together from. */
export type MusicParts = {
  readonly config: Pick<Config, 'music'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Counts what a model at an address uses; left out, nothing is counted. */
  readonly meterAt?: MeterAt | undefined;
};

/** The maker of music that is configured. Nothing is loaded or asked before it makes its first; close it after the last. */
export async function openMusic(_parts: MusicParts): Promise<Music> {
  return createComposer({ write: writeScore });
}
