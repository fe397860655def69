import { serveParent } from '../process/child.ts';
import { openRecogniser, type Recogniser } from './moonshine-recogniser.ts';

/** The process in which speech is recognised. Its one method takes pieces of mono 16 kHz sound and gives words for each. */

let opened: Promise<Recogniser> | undefined;

serveParent({
  async recognise({ pieces, threads }: { pieces: Float32Array[]; threads: number }, { signal }) {
    opened ??= openRecogniser(threads);
    return (await opened).recognise(pieces, signal);
  },
});
