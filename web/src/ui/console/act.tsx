import type { Outcome } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import {
  createContext,
  type FormEvent,
  type ReactNode,
  type RefObject,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { faultWords } from '../../api/platform.js';
import { type ActAsk, ActAttempts, type ActStep, type Typed } from './act-attempts.js';
import { ActionButton } from './action-button.js';
import { Id } from './id.js';
import { Notice } from './notice.js';
import { OutcomeWords } from './outcome-words.js';

export type Act<Made> = ActParts<Made> & Repeated;

interface ActParts<Made> {
  /** Of the button that opens it. */
  readonly label: string;
  readonly title: string;
  /** What will happen to whose money, in words. */
  readonly words: ReactNode;
  readonly fields: ReactNode;
  /** On the button that does it: with the amount, as it stands at the press. */
  readonly press: (typed: Typed) => string;
  /** `main`: it moves nobody's money and bounds none. */
  readonly tone?: 'main' | 'danger';
  readonly ask: (ask: ActAsk) => Promise<Outcome<Made>>;
  readonly done: (made: Made) => ReactNode;
}

/** What comes of it when it is asked for twice: every act says so, and the words after a lost answer follow from it. */
type Repeated =
  /** Sent with the key, under which it is done at most once. `askedKey`: it was asked for under this one before. */
  | { readonly isKeyed: true; readonly askedKey?: string; readonly lookFirst?: never; readonly isDoneOnce?: never }
  /** Of what has no key, and needs none: done twice it is done once. */
  | { readonly isDoneOnce: true; readonly lookFirst?: never; readonly isKeyed?: never; readonly askedKey?: never }
  /** Of what has no key, and would be done twice: what to look at before it is asked again, when nobody answered. */
  | {
      readonly lookFirst: NonNullable<ReactNode>;
      readonly isDoneOnce?: never;
      readonly isKeyed?: never;
      readonly askedKey?: never;
    };

const OpenAct = createContext<(act: Act<never>) => void>(() => {});

/** A button for an act. */
export function ActButton<Made>(act: Act<Made>) {
  const open = useContext(OpenAct);
  return <ActionButton onPress={() => open(act as unknown as Act<never>)}>{act.label}</ActionButton>;
}

/** Around all that has such buttons. The dialog is not the page's: it tells the outcome also when the page has moved on. */
export function ActHost({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<Act<never> | null>(null);
  const isHeld = useRef(false);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link in it leads away from it; what nobody knows yet stays.
  useEffect(() => {
    if (!isHeld.current) setAct(null);
  }, [pathname]);
  return (
    <OpenAct value={setAct as (act: Act<never>) => void}>
      {children}
      <ModalOverlay className="overlay" isOpen={act !== null} isKeyboardDismissDisabled>
        <Modal className="modal">
          <Dialog className="dialog">
            <Heading slot="title">{act?.title}</Heading>
            {act && <ActForm {...act} isHeld={isHeld} onClose={() => setAct(null)} />}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </OpenAct>
  );
}

type ActFormProps<Made> = Act<Made> & { isHeld: RefObject<boolean>; onClose: () => void };

function ActForm<Made>(form: ActFormProps<Made>) {
  const {
    words,
    fields,
    press,
    tone = 'danger',
    ask,
    done,
    lookFirst,
    isKeyed = false,
    askedKey,
    isHeld,
    onClose,
  } = form;
  const queries = useQueryClient();
  const [step, setStep] = useState<ActStep<Made>>({ kind: 'TYPING', fault: null });
  const [typed, setTyped] = useState<Typed>({});
  const [attempts] = useState(() => new ActAttempts<Made>(() => askedKey ?? newKey(), setStep, isKeyed));
  const told = async (asked: Promise<void>) => {
    await asked;
    // Pages of a list stay as they are, and sums that may read millions are added up when somebody asks.
    void queries.invalidateQueries({
      predicate: ({ queryKey }) => queryKey[1] !== 'pages' && queryKey[1] !== 'totals',
    });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void told(attempts.press(typedIn(event.currentTarget), ask));
  };
  const isOpen = step.kind === 'ASKING' || step.kind === 'UNSURE';
  useStay(isOpen, isHeld);
  const isBusy = step.kind === 'ASKING';
  return (
    <>
      <form
        className="act-form"
        hidden={step.kind === 'UNSURE' || step.kind === 'TOLD'}
        onSubmit={submit}
        onChange={(event) => setTyped(typedIn(event.currentTarget))}
      >
        <div>{words}</div>
        <fieldset disabled={isBusy}>{fields}</fieldset>
        <p className="form-failure" role="alert">
          {step.kind === 'TYPING' && step.fault !== null && failureWords(step.fault)}
        </p>
        <div className="act-presses">
          <ActionButton type="submit" tone={tone} isPending={isBusy}>
            {isBusy ? 'Asking\u2026' : press(typed)}
          </ActionButton>
          <ActionButton onPress={onClose} isDisabled={isBusy}>
            Leave it
          </ActionButton>
        </div>
      </form>
      {step.kind === 'UNSURE' && (
        <div className="act-form">
          {isKeyed ? (
            <Unsure of={step.key} />
          ) : (
            <Notice severity="unknown" title="Nobody answered: it may have been done">
              {lookFirst ?? 'Ask again: done twice it is done once.'}
            </Notice>
          )}
          {step.fault !== null && (
            <p className="form-failure" role="alert">
              This time: {failureWords(step.fault)}
            </p>
          )}
          <ActionButton tone="main" onPress={() => void told(attempts.askAgain(ask))}>
            {lookFirst ? 'Do it once more' : 'Ask again what became of it'}
          </ActionButton>
          <ActionButton onPress={onClose}>{isKeyed ? 'Close, and look for its key later' : 'Close'}</ActionButton>
        </div>
      )}
      {step.kind === 'TOLD' && (
        <div className="act-form">
          <OutcomeWords outcome={step.outcome} done={done} />
          <div className="act-presses act-presses-end">
            <ActionButton onPress={onClose}>Close</ActionButton>
          </div>
        </div>
      )}
    </>
  );
}

function Unsure({ of }: { of: string }) {
  return (
    <>
      <Notice severity="unknown" title="Nobody answered: it may have been done">
        Do not begin anew. Ask again: under its key it is done at most once. The search finds what the key has made.
      </Notice>
      <Id id={of} whole />
    </>
  );
}

function failureWords(fault: unknown): string {
  return fault === 'BUSY'
    ? 'Nothing was done: the platform was too busy or out of reach. Try again.'
    : faultWords(fault);
}

/** Whoever leaves now would not learn what became of it: the browser asks them, and the dialog stays. */
function useStay(isNeeded: boolean, isHeld: RefObject<boolean>): void {
  useEffect(() => {
    isHeld.current = isNeeded;
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => {
      isHeld.current = false;
      window.removeEventListener('beforeunload', ask);
    };
  }, [isNeeded, isHeld]);
}

/** Without white space around it, which nobody means: but in a password, where it may be meant. */
function typedIn(form: HTMLFormElement): Record<string, string> {
  const isPassword = (name: string) =>
    form.querySelector(`input[type="password"][name="${CSS.escape(name)}"]`) !== null;
  return Object.fromEntries(
    [...new FormData(form)].map(([name, value]) => [name, isPassword(name) ? String(value) : String(value).trim()]),
  );
}

function newKey(): string {
  return `console-${crypto.randomUUID()}`;
}
