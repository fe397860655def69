import { join } from 'node:path';
import type { MusicBrief } from '../../domain/music.ts';
import type { Score } from '../../domain/score.ts';
import { openSynthesiser } from '../../inference/synthesiser.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Music } from '../../ports/music.ts';
import { finishMusic } from './finish-music.ts';

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
        const finish = (share: number) => report(playShare + share * (1 - playShare));
        await finishMusic({ path: played }, brief, path, { signal, report: finish });
      });
    },
    close: () => synthesiser.close(),
  };
}
