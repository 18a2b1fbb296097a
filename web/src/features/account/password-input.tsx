import { Input, Label, TextField } from 'react-aria-components';

/** A password that is shown to be known. */
export function PasswordInput({ name, label }: { name: string; label: string }) {
  return (
    <TextField name={name} isRequired type="password" className="field">
      <Label>{label}</Label>
      <Input autoComplete="current-password" />
    </TextField>
  );
}
