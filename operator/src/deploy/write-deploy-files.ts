import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deployFiles } from './deploy-files.ts';
import { OPERATOR_IMAGE } from './operator-image.ts';

/** Writes the files of deploy/ that are made from the code: `node operator/src/deploy/write-deploy-files.ts`. */
for (const [path, content] of deployFiles(OPERATOR_IMAGE)) {
  writeFileSync(join(import.meta.dirname, '../../../deploy', path), content);
}
