/*
 * What counts as the address of one mailbox: a strict part of RFC 5321, so that no reader on the way can see two of them in it, or a
 * route. Quoted names, comments, literals, `%` and `!` (routes of old), non-ASCII (SMTPUTF8) and whatever separates are no part of it.
 */

export const addressCharsMax = 254;
const nameCharsMax = 64;
const domainCharsMax = 253;

const name = /^[A-Za-z0-9_+'&=~#-]+(?:\.[A-Za-z0-9_+'&=~#-]+)*$/;
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export function isMailAddress(address: string): boolean {
  if (address.length > addressCharsMax) return false;
  const at = address.indexOf('@');
  if (at < 1 || at > nameCharsMax) return false;
  const domain = address.slice(at + 1);
  if (domain.length > domainCharsMax || !name.test(address.slice(0, at))) return false;
  const labels = domain.split('.');
  // The last one has a letter: 1.2.3.4 is no name.
  return labels.length >= 2 && labels.every((part) => label.test(part)) && /[A-Za-z]/.test(labels.at(-1) ?? '');
}
