import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { OpenArchive } from '../../ports/archive.ts';
import { openTarGzip } from './tar-gzip.ts';
import { openZipArchive } from './zip.ts';

/** Opens a zip or a tgz, told by its first bytes. @throws input.archive_unknown, not_found.file, input.no_permission */
export const openArchive: OpenArchive = (path) =>
  withFileErrors(path, async () => {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      if (bytesRead === 4 && buffer[0] === 0x50 && buffer[1] === 0x4b) return openZipArchive(path, size);
      if (bytesRead === 4 && buffer[0] === 0x1f && buffer[1] === 0x8b) return openTarGzip(path, size);
    } finally {
      await file.close();
    }
    throw new PatternPivotError(
      'input.archive_unknown',
      `${basename(path)} is neither a zip nor a tgz archive.`,
      {
        hint: 'Takeout gives .zip or .tgz. Download it again, or unpack it and name the folder.',
        context: { path },
      },
    );
  });
