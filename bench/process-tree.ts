import { readdir, readFile } from 'node:fs/promises';

/** The memory of a process and all that it started, sampled from Linux's /proc while something runs. */

/** What was seen at the worst moment, in bytes. */
export type MemoryPeak = {
  /** Proportional set size: memory that processes share is counted once. */
  pssBytes: number;
  /** Resident set sizes, summed: shared memory counted in each. */
  rssBytes: number;
  processes: number;
};

/** Samples the tree under a process every half second until it is stopped. */
export function watchMemory(pid: number): { stop(): Promise<MemoryPeak> } {
  const peak: MemoryPeak = { pssBytes: 0, rssBytes: 0, processes: 0 };
  const stopping = new AbortController();
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      const now = await measureTree(pid);
      peak.pssBytes = Math.max(peak.pssBytes, now.pssBytes);
      peak.rssBytes = Math.max(peak.rssBytes, now.rssBytes);
      peak.processes = Math.max(peak.processes, now.processes);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await watching;
      return peak;
    },
  };
}

async function measureTree(root: number): Promise<MemoryPeak> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const stat = await readProc(`/proc/${name}/stat`);
    // The name in brackets may hold anything; the parent is the second field after it.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (Number.isInteger(parent)) parents.set(Number(name), parent);
  }
  const isInTree = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = parents.get(at)) {
      if (at === root) return true;
    }
    return false;
  };
  const total: MemoryPeak = { pssBytes: 0, rssBytes: 0, processes: 0 };
  for (const pid of parents.keys()) {
    if (!isInTree(pid)) continue;
    const rollup = await readProc(`/proc/${pid}/smaps_rollup`);
    total.pssBytes += readKilobytes(rollup, 'Pss') * 1024;
    total.rssBytes += readKilobytes(rollup, 'Rss') * 1024;
    total.processes += 1;
  }
  return total;
}

/** A process may end while it is looked at: then there is nothing to read. */
async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}

function readKilobytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'mu').exec(text)?.[1] ?? 0);
}
