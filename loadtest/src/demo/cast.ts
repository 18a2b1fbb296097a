import { hash } from 'node:crypto';

/* Who pays whom in the demo traffic: one small economy per currency, in which the money goes round. */

export type Role = 'person' | 'merchant' | 'supplier' | 'payroll';

export interface Member {
  readonly walletId: string;
  readonly name: string;
  readonly role: Role;
  readonly currency: string;
  readonly limits?: MemberLimits;
}

/** In euros' worth. */
export interface MemberLimits {
  /** How far below zero the wallet may go. */
  readonly credit?: number;
  readonly perPayment?: number;
  readonly dailyOut?: number;
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

/** A careful few, and those who live on credit until the money for the wages is there. */
const limitsByName: Readonly<Record<string, MemberLimits>> = {
  'Finn Larsen': { perPayment: 150 },
  'Ines Ferreira': { perPayment: 250, dailyOut: 3_000 },
  'Mila Petrova': { dailyOut: 1_500 },
  'Peter Nguyen': { perPayment: 200 },
  'Quinn Harper': { dailyOut: 2_000 },
  'Umar Khan': { perPayment: 120 },
  'Baltic Flour Mill': { credit: 5_000 },
  'Paper & Ink Wholesale': { dailyOut: 50_000 },
  'Payroll Europe': { credit: 25_000 },
  'Payroll Americas': { credit: 15_000 },
};

export const cast: readonly Member[] = Object.entries(namesByCurrency).flatMap(([currency, names]) =>
  (Object.keys(names) as Role[]).flatMap((role) => names[role].map((name) => member(role, name, currency))),
);

function member(role: Role, name: string, currency: string): Member {
  const limits = limitsByName[name];
  return { walletId: walletIdOf(role, name, currency), name, role, currency, ...(limits && { limits }) };
}

/** The same wallet for the same member, so that a restart finds it; another one when anything about the member changes. */
function walletIdOf(role: Role, name: string, currency: string): string {
  const hex = hash('sha256', `smart-wallet demo: ${role} ${name} ${currency}`, 'hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
