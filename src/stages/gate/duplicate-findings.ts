import type { GateFinding } from '../../domain/gate.ts';
import { comparePrints, indexPrint } from '../match/compare-prints.ts';
import type { SoundPrint } from '../match/print-sound.ts';
import { comparePictures, type PicturePrint } from './print-picture.ts';

/** Whether a film is one that was published before, by its sound and its picture. Pure. */

/** A film's fingerprints, and what it is a declared variation of. */
export type FilmPrint = {
  readonly id: string;
  readonly title: string;
  readonly sound: SoundPrint | undefined;
  readonly picture: PicturePrint;
  /** The content hash of the clip that it is a variation of. */
  readonly variationOf?: string | undefined;
  /** When it was published, ISO 8601; left out while it only waits. */
  readonly publishedAt?: string | undefined;
};

/** From such a share on two films say, or show, the same. */
const sameSound = 0.6;
const samePicture = 0.6;

/** Holds a film against those that were published or wait before it. Variations of one clip that are declared as such are told, not stopped. */
export function judgeDuplicates(film: FilmPrint, others: readonly FilmPrint[]): GateFinding[] {
  const own = film.sound === undefined ? undefined : indexPrint(film.sound);
  const findings: GateFinding[] = [];
  for (const other of others) {
    if (other.id === film.id) continue;
    const shared =
      own === undefined || other.sound === undefined
        ? undefined
        : comparePrints(own, indexPrint(other.sound));
    const sound = shared === undefined ? 0 : Math.max(shared.firstShare, shared.secondShare);
    const hasSound = (own?.livelyMs ?? 0) > 0;
    // Where the sound says that they are others, a like picture is the same room and not the same film.
    if (hasSound && sound < sameSound) continue;
    const picture = comparePictures(film.picture, other.picture, (shared?.shiftMs ?? 0) / 1000);
    const looksAlike = picture >= samePicture;
    if (!hasSound && !looksAlike) continue;
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    const what = hasSound
      ? `${percent(sound)} of the sound${looksAlike ? ` and ${percent(picture)} of the picture` : ''}`
      : `${percent(picture)} of the picture`;
    const when =
      other.publishedAt === undefined
        ? 'waits in the queue'
        : `was published on ${other.publishedAt.slice(0, 10)}`;
    const isDeclared = film.variationOf !== undefined && film.variationOf === other.variationOf;
    findings.push(
      isDeclared
        ? {
            rule: 'variation',
            severity: 'warns',
            text: `It is a variation of "${other.title}", which ${when}: ${what} are the same.`,
            mend: 'Nothing: the plan never puts two variations of a clip on one day.',
          }
        : {
            rule: 'near_duplicate',
            severity: looksAlike || !hasSound ? 'stops' : 'warns',
            text: `${what} are those of "${other.title}", which ${when}.`,
            mend: 'Publish another clip. Variations that are made with pivot vary are known as such.',
          },
    );
  }
  return findings;
}
