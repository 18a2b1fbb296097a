import { z } from 'zod';

const forms = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** Nothing happened outside of these, and ids, which hold the time, reach no further. */
const earliestMs = Date.parse('1970-01-02T00:00:00Z');
const latestMs = Date.parse('9999-12-31T00:00:00Z');

export const instantForms = 'an ISO 8601 instant, or a date, which is the start of that day in UTC';

const clock = '([01]\\d|2[0-3]):[0-5]\\d';

/** An instant or a date; from here on an instant in UTC with milliseconds, so that two compare as texts. */
export const instantField = z
  .string()
  .refine(
    (text) => forms.safeParse(text).success,
    'FORMAT: must be an ISO 8601 instant such as 2026-01-31T12:00:00Z, or a date such as 2026-01-31',
  )
  .transform((text) => new Date(Math.min(Math.max(Date.parse(text), earliestMs), latestMs)).toISOString())
  .meta({
    pattern: `^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(T${clock}(:[0-5]\\d(\\.\\d+)?)?(Z|[+-]${clock}))?$`,
    example: '2026-01-31T12:00:00Z',
  });

interface Period {
  from?: string | undefined;
  to?: string | undefined;
}

const isInstant = (text: string) => z.iso.datetime().safeParse(text).success;

/** Refuses a period that is upside down. Of one whose ends are no instants, that is said alone. */
export function inOrder<T extends z.ZodType<Period>>(schema: T): T {
  return schema.refine(
    ({ from, to }) => from === undefined || to === undefined || from <= to || !isInstant(from) || !isInstant(to),
    { path: ['from'], error: 'RANGE: must not be later than to' },
  );
}
