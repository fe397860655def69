import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileErrors } from '../../domain/file-error.ts';
import type { MusicBrief } from '../../domain/music.ts';
import type { Score } from '../../domain/score.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { openSynthesiser } from '../../inference/synthesiser.ts';
import { masterSound } from '../../media/master-sound.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Music } from '../../ports/music.ts';

/** How loud finished music is, and its highest peak: louder than it is needed anywhere, softer than what clips. */
export const musicLevels = { integratedLufs: -16, truePeakDbtp: -1.5 } as const;

/** How much of the time goes into playing; the rest is mastering. */
const playShare = 0.7;

/**
 * Music that is written in notes and played on a sound font that comes with the program: no model, no network, no key. The same brief gives
 * the same bytes. `write` writes the notes.
 */
export function createComposer({ write }: { readonly write: (brief: MusicBrief) => Score }): Music {
  const synthesiser = openSynthesiser();
  return {
    model: 'composer-1',
    // The notes are nobody's; the sounds are FluidR3Mono's, under the MIT licence, for any use.
    terms: { licence: 'CC0-1.0', mayEarnMoney: true, isSynthetic: false },
    /** @throws tool.weights_missing, tool.disk_full, input.not_writable, not_found.file, tool.render_failed, cancelled.* */
    make(brief, path, { signal, report }) {
      return withTemporaryFolder('music', async (folder) => {
        const played = join(folder, 'played.wav');
        await synthesiser.play(write(brief), played, {
          signal,
          report: (share) => report(share * playShare),
        });
        const whole = join(dirname(path), temporaryFileName('.wav'));
        try {
          await masterSound(
            { from: played, to: whole, durationMs: brief.durationMs, ...musicLevels },
            { signal, onProgress: (share) => report(playShare + share * (1 - playShare)) },
          );
          await withFileErrors(path, () => rename(whole, path));
        } finally {
          await rm(whole, { force: true });
        }
        report(1);
      });
    },
    close: () => synthesiser.close(),
  };
}
