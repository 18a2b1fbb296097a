-- Up Migration

-- Mails that are to be sent. Who wants one sent writes its row in the transaction of what it tells of (workers/src/mail/enqueue-mail.ts);
-- the workers send it: workers/MAIL.md.

-- Part of every Message-ID: two platforms that use the same keys at one mail server are not taken for one another.
CREATE TABLE mail_origin (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  origin   uuid NOT NULL
);
INSERT INTO mail_origin (origin) VALUES (gen_random_uuid());

CREATE TABLE mails (
  mail_id         uuid PRIMARY KEY,
  -- what the mail is, as who wants it sent names it: the same key is one mail, for ever
  mail_key        text NOT NULL UNIQUE CHECK (length(mail_key) BETWEEN 1 AND 255),
  -- one mailbox. The grammar that is checked before has fewer characters; this stands behind it: one @, nothing that separates or quotes
  recipient       text NOT NULL CHECK (length(recipient) <= 254 AND recipient ~ '^[A-Za-z0-9_+''&=~.#-]{1,64}@[A-Za-z0-9.-]{1,253}$'),
  subject         text NOT NULL CHECK (length(subject) BETWEEN 1 AND 255 AND subject !~ '[\u0001-\u001f\u007f-\u009f\u2028\u2029]'),
  -- bodies; null once they are not kept any more
  text_body       text CHECK (length(text_body) <= 262144),
  html_body       text CHECK (length(html_body) <= 262144),
  -- [{filename, contentType, contentId, content: base64}]
  inline_images   jsonb NOT NULL DEFAULT '[]',
  -- the same at every attempt: whoever gets it twice knows it by that
  message_id      text NOT NULL CHECK (message_id ~ '^<[0-9a-f]{32}@mail\.smart-wallet\.internal>$'),
  -- PENDING: it will be sent. FAILED: it lies with the dead letters, until somebody has it sent again
  status          text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'SENT', 'FAILED')),
  -- times that it was begun to be handed over
  attempts        int NOT NULL DEFAULT 0,
  -- of these, how many ended without a word: who sent it died of it, or with it
  lost_attempts   int NOT NULL DEFAULT 0,
  next_attempt_at timestamptz(3) NOT NULL,
  -- a temporary failure after this time is a final one
  give_up_at      timestamptz(3) NOT NULL,
  -- until then its message lies in the queue, and nobody publishes another one
  queued_until    timestamptz(3),
  -- until then somebody is sending it
  claimed_until   timestamptz(3),
  first_failed_at timestamptz(3),
  last_error      text CHECK (length(last_error) <= 1000),
  created_at      timestamptz(3) NOT NULL,
  sent_at         timestamptz(3),
  CHECK (status <> 'PENDING' OR text_body IS NOT NULL),
  CHECK ((status = 'SENT') = (sent_at IS NOT NULL))
);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE status = 'PENDING';
CREATE INDEX mails_sent ON mails (sent_at) WHERE status = 'SENT' AND text_body IS NOT NULL;

GRANT SELECT ON mail_origin TO wallet_workers;
GRANT SELECT, INSERT ON mails TO wallet_workers;
GRANT UPDATE (text_body, html_body, inline_images, status, attempts, lost_attempts, next_attempt_at, give_up_at, queued_until,
    claimed_until, first_failed_at, last_error, sent_at)
  ON mails TO wallet_workers;
