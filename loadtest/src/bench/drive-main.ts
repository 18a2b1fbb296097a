import type { DriveOrder, DriveResult } from './drive.js';
import { driveEngine } from './drive-engine.js';
import { driveHttp } from './drive-http.js';
import { driveRaw } from './drive-raw.js';
import { driveReads } from './grown/drive-reads.js';

/* The load generator's process: one order in, one result out. */
process.once('message', (order: DriveOrder) => {
  run(order).then(
    (result) => process.send?.({ result }, () => process.disconnect()),
    (error) => process.send?.({ error: error?.stack ?? String(error) }, () => process.disconnect()),
  );
});

function run(order: DriveOrder): Promise<DriveResult> {
  switch (order.target) {
    case 'raw':
      return driveRaw(order);
    case 'engine':
      return driveEngine(order);
    case 'http':
      return driveHttp(order);
    case 'reads':
      return driveReads(order);
  }
}
