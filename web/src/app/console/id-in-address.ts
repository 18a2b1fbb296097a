import { notFound } from '@tanstack/react-router';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const number = /^\d{1,19}$/;
const day = /^\d{4}-\d{2}-\d{2}$/;

interface Named {
  readonly params: { readonly id: string };
}

/*
 * Whoever types an address, or cuts one short, may ask for anything there. What is no id is not asked of the platform: under
 * another name it may have an answer of another shape.
 */

/** @throws what the router takes for a page that there is not. */
export function uuidInAddress({ params: { id } }: Named): void {
  if (!uuid.test(id)) throw notFound();
}

/** What there is one of for each day, UTC. @throws as above. */
export function dayInAddress({ params: { id } }: Named): void {
  if (!day.test(id) || Number.isNaN(Date.parse(id))) throw notFound();
}

/** Rows that are numbered. @throws as above. */
export function numberInAddress({ params: { id } }: Named): void {
  if (!number.test(id)) throw notFound();
}
