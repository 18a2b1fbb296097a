import { Input, Label, Text, TextArea, TextField } from 'react-aria-components';

const reasonCharsMax = 500;
const referenceCharsMax = 140;

interface AmountFieldProps {
  label: string;
  currency: string;
  value?: string;
  name?: string;
  /** May it be left empty? */
  isRequired?: boolean;
}

/** An amount in a currency. */
export function AmountField({ label, currency, value, name = 'amount', isRequired = true }: AmountFieldProps) {
  return (
    <TextField name={name} isRequired={isRequired} className="field" defaultValue={value ?? ''}>
      <Label>
        {label} ({currency})
      </Label>
      <Input
        inputMode="decimal"
        pattern="\d+(\.\d+)?"
        title="Digits, and a point before the decimals"
        autoComplete="off"
      />
    </TextField>
  );
}

/** Why: it stays in the audit log. */
export function ReasonField({ name = 'reason', isRequired = true }: { name?: string; isRequired?: boolean }) {
  return (
    <TextField {...{ name, isRequired }} className="field" maxLength={reasonCharsMax}>
      <Label>{name === 'note' ? 'Note' : 'Reason'}</Label>
      <TextArea rows={2} />
      <Text slot="description" className="muted">
        It stays in the audit log.
      </Text>
    </TextField>
  );
}

/** A wallet's id, whole. */
export function IdField({ name, label }: { name: string; label: string }) {
  return (
    <TextField name={name} isRequired className="field">
      <Label>{label}</Label>
      <Input
        className="mono"
        autoComplete="off"
        pattern="\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*"
        title="A whole id: 8-4-4-4-12 characters"
      />
    </TextField>
  );
}

export function CurrencyField() {
  return (
    <TextField name="currency" isRequired className="field">
      <Label>Currency</Label>
      <Input autoComplete="off" pattern="[A-Za-z]{3}" title="Three letters, such as EUR" placeholder="EUR" />
    </TextField>
  );
}

/** What the caller calls it: it can be searched for. */
export function ReferenceField() {
  return (
    <TextField name="reference" className="field" maxLength={referenceCharsMax}>
      <Label>Reference (if any)</Label>
      <Input autoComplete="off" />
    </TextField>
  );
}
