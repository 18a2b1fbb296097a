import type { ReactNode } from 'react';
import { Input, Label, Text, TextArea, TextField } from 'react-aria-components';

interface TextInputProps {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly hint?: string;
  readonly type?: 'text' | 'email' | 'url';
  readonly isRequired?: boolean;
  readonly charsMax?: number;
  readonly pattern?: string;
  /** What the pattern wants, in words. */
  readonly title?: string;
}

/** A line of text. */
export function TextInput({
  name,
  label,
  value = '',
  hint,
  type = 'text',
  isRequired = true,
  ...more
}: TextInputProps) {
  const { charsMax, pattern, title } = more;
  return (
    <TextField
      {...{ name, isRequired, type }}
      className="field"
      defaultValue={value}
      {...(charsMax !== undefined && { maxLength: charsMax })}
    >
      <Label>{label}</Label>
      <Input autoComplete="off" {...(pattern !== undefined && { pattern })} {...(title !== undefined && { title })} />
      {hint && (
        <Text slot="description" className="muted">
          {hint}
        </Text>
      )}
    </TextField>
  );
}

/** Lines of text. */
export function LongInput({
  name,
  label,
  value = '',
  hint,
}: Pick<TextInputProps, 'name' | 'label' | 'value' | 'hint'>) {
  return (
    <TextField name={name} className="field" defaultValue={value}>
      <Label>{label}</Label>
      <TextArea rows={3} className="mono" />
      {hint && (
        <Text slot="description" className="muted">
          {hint}
        </Text>
      )}
    </TextField>
  );
}

const passwordCharsMin = 12;
const passwordCharsMax = 128;

/** A password that is set; browsers offer to keep it. */
export function NewPasswordInput({ name, label }: { name: string; label: string }) {
  return (
    <TextField
      name={name}
      isRequired
      type="password"
      className="field"
      minLength={passwordCharsMin}
      maxLength={passwordCharsMax}
    >
      <Label>{label}</Label>
      <Input autoComplete="new-password" />
      <Text slot="description" className="muted">
        At least {passwordCharsMin} characters.
      </Text>
    </TextField>
  );
}

/** One of a few. */
export function ChoiceInput({
  name,
  label,
  choices,
  value,
  children,
}: {
  name: string;
  label: string;
  choices: Readonly<Record<string, string>>;
  value?: string;
  children?: ReactNode;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <select name={name} defaultValue={value}>
        {Object.entries(choices).map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
      {children}
    </label>
  );
}

/** A moment, UTC: its field reads `2026-01-31T12:00`. */
export function InstantInput({ name, label, value }: { name: string; label: string; value: string }) {
  return (
    <label className="field">
      <span>{label} (UTC)</span>
      <input name={name} type="datetime-local" step="1" required defaultValue={value} />
    </label>
  );
}
