import { join } from 'node:path';
import { makeGateReport, type GateReport, type Overrule } from '../../domain/gate.ts';
import type { QueueItem } from '../../domain/queue.ts';
import { judgeMeasured } from '../../stages/gate/check-findings.ts';
import type { RecipeContext } from '../events.ts';
import { check } from '../steps.ts';
import type { Papers } from './papers.ts';

/** A film that wants to enter the queue. */
export type GateSubject = Pick<QueueItem, 'contentHash' | 'folder' | 'files' | 'variation'> &
  Papers & {
    readonly target: string;
    readonly title: string;
    /** Whether it will be marked as holding synthetic media. */
    readonly isMarkedSynthetic: boolean;
    readonly overruled: readonly Overrule[];
  };

/** What lets a film into the queue, or does not, and says why. */
export type Gate = (subject: GateSubject, context: RecipeContext) => Promise<GateReport>;

/** A gate that measures the film, and lets pass what `pivot check` does. */
export function createMeasuringGate(ports: Parameters<typeof check>[2]): Gate {
  return async ({ contentHash, folder, files, timeline, overruled }, context) => {
    const report = await check(join(folder, files.film), timeline, ports, context);
    return makeGateReport(contentHash, [], judgeMeasured(report), overruled);
  };
}
