import { expect, test } from 'vitest';
import { EndpointRooms, roomLimits } from './endpoint-rooms.js';

const roomOf = (rooms: EndpointRooms, id: string, endpoints: number) => {
  const { webhookIds, rooms: all, room } = rooms.rooms(endpoints);
  const place = webhookIds.indexOf(id);
  return place < 0 ? room : (all[place] as number);
};
const fill = (rooms: EndpointRooms, id: string, endpoints: number) => {
  const room = roomOf(rooms, id, endpoints);
  for (let i = 0; i < room; i++) rooms.begin(id);
  return room;
};

test('an endpoint that answers well gets more attempts at a time, one that fails is left with one', () => {
  const rooms = new EndpointRooms();
  for (let i = 0; i < 50; i++) {
    rooms.begin('good');
    rooms.end('good', true);
  }
  expect(roomOf(rooms, 'good', 10)).toBe(roomLimits.max);
  for (let i = 0; i < 5; i++) {
    rooms.begin('good');
    rooms.end('good', false);
  }
  expect(roomOf(rooms, 'good', 10)).toBe(1);
});

test('however many endpoints hang, another one always has room; and all together stay within the bound', () => {
  const rooms = new EndpointRooms();
  const hanging = Array.from({ length: 150 }, (_, i) => `hangs-${i}`);
  for (const id of hanging) {
    for (let i = 0; i < 30; i++) {
      rooms.begin(id);
      rooms.end(id, true);
    }
  }
  for (let round = 0; round < 50; round++) for (const id of hanging) fill(rooms, id, 200);
  expect(rooms.inFlight).toBeLessThanOrEqual(200 + 400);
  expect(fill(rooms, 'another', 200)).toBeGreaterThanOrEqual(1);
  for (const id of hanging) expect(roomOf(rooms, id, 200)).toBe(0);
});

test('what has ended gives its room back', () => {
  const rooms = new EndpointRooms();
  for (let round = 0; round < 100; round++) {
    const begun = ['a', 'b'].flatMap((id) => Array.from({ length: fill(rooms, id, 2) }, () => id));
    for (const id of begun) rooms.end(id, round % 3 > 0);
  }
  expect(rooms.inFlight).toBe(0);
  rooms.keepOnly(new Set());
  expect(rooms.rooms(2)).toEqual({ webhookIds: [], rooms: [], room: roomLimits.first });
});
