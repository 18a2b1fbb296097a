import { randomUUID } from 'node:crypto';
import type { GatewayOfPeople } from './gateway-of-people.js';
import type { Scratch } from './scratch.js';
import { type TestCaller, testCaller } from './test-caller.js';

export interface TestPerson extends TestCaller {
  readonly userId: string;
}

/** People in `ops_users`, each of whom calls a gateway. */
export function people(scratch: Scratch, gateway: () => GatewayOfPeople) {
  return async (role: 'viewer' | 'operator' | 'admin', email = `${randomUUID()}@example.com`): Promise<TestPerson> => {
    const userId = randomUUID();
    await scratch.database.admin.query(
      `INSERT INTO ops_users (user_id, email, name, role) VALUES ($1, $2, 'somebody', $3)`,
      [...[userId, email, role]],
    );
    return { userId, ...testCaller(() => gateway().url, `person.${userId}.${role}`) };
  };
}
