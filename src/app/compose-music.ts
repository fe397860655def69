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

/**
 * The maker of music that is configured. Nothing is loaded or asked before it makes its first; close it after the last.
 * @throws input.music_address_invalid
 */
export async function openMusic({ config, env, meterAt }: MusicParts): Promise<Music> {
  const { music } = config;
  const terms = { licence: music.licence, mayEarnMoney: music.mayEarnMoney };
  if (music.kind === 'local') {
    const { createLocalMusicgen } = await import('../adapters/music/musicgen-local.ts');
    return createLocalMusicgen({ folder: music.folder ?? '', terms });
  }
  if (music.kind === 'server') {
    const { createMusicServer } = await import('../adapters/music/music-server.ts');
    const baseUrl = music.baseUrl ?? '';
    const key = env['PATTERNPIVOT_MUSIC_API_KEY'];
    return createMusicServer({
      baseUrl,
      protocol: music.protocol,
      model: music.model,
      terms,
      apiKey: key === '' ? undefined : key,
      meter: meterAt?.(baseUrl, 'music', music.model ?? 'musicgen'),
      timeoutMs: music.timeoutSeconds * 1000,
    });
  }
  return createComposer({ write: writeScore });
}
