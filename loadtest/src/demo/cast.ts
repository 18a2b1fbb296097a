import { hash } from 'node:crypto';

/* Who pays whom in the demo traffic: one small economy per currency, in which the money goes round. */

export type Role = 'person' | 'merchant' | 'supplier' | 'payroll';

export interface Member {
  readonly walletId: string;
  readonly name: string;
  readonly role: Role;
  readonly currency: string;
}

type Names = Readonly<Record<Role, readonly string[]>>;

const namesByCurrency: Readonly<Record<string, Names>> = {
  EUR: {
    person: [
      ...['Anna Keller', 'Bruno Costa', 'Carla Rossi', 'David Novak', 'Elif Demir', 'Finn Larsen', 'Greta Lindqvist'],
      ...[
        'Hugo Martin',
        'Ines Ferreira',
        'Jonas Weber',
        'Katja Horvat',
        'Luca Bianchi',
        'Mila Petrova',
        'Noah Janssen',
      ],
    ],
    merchant: ['Corner Bakery', 'Blue Door Books', 'City Cycles', 'Green Grocer', 'Hotel Aurora', 'Night Train Cinema'],
    supplier: ['Baltic Flour Mill', 'North Sea Logistics', 'Paper & Ink Wholesale', 'Sunline Energy'],
    payroll: ['Payroll Europe'],
  },
  USD: {
    person: ['Olivia Carter', 'Peter Nguyen', 'Quinn Harper', 'Rosa Delgado'],
    merchant: ['Harbor Coffee', 'Main Street Hardware', 'Prairie Outfitters'],
    supplier: ['Great Lakes Freight'],
    payroll: ['Payroll Americas'],
  },
  GBP: {
    person: ['Sam Hughes', 'Tessa Clarke', 'Umar Khan'],
    merchant: ['Kingfisher Tea Rooms', 'The Old Record Shop'],
    supplier: ['Pennine Packaging'],
    payroll: ['Payroll United Kingdom'],
  },
  JPY: {
    person: ['Yuki Tanaka', 'Haruto Sato', 'Aiko Mori'],
    merchant: ['Sakura Ramen', 'Kyoto Stationery'],
    supplier: ['Osaka Foods'],
    payroll: ['Payroll Japan'],
  },
};

export const cast: readonly Member[] = Object.entries(namesByCurrency).flatMap(([currency, names]) =>
  (Object.keys(names) as Role[]).flatMap((role) =>
    names[role].map((name) => ({ walletId: walletIdOf(role, name, currency), name, role, currency })),
  ),
);

/** The same wallet for the same member, so that a restart finds it; another one when anything about the member changes. */
function walletIdOf(role: Role, name: string, currency: string): string {
  const hex = hash('sha256', `smart-wallet demo: ${role} ${name} ${currency}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
