// The inspector's inputs: a label, the control, and the faults of its field.

import { type ReactNode, useId } from "react";
import type { Fault } from "../graph/faults.ts";

interface Common {
  label: string;
  field: string;
  faults: readonly Fault[];
  disabled: boolean;
}

function Field({
  label,
  field,
  faults,
  children,
}: Common & { children: (id: string, wrong: string | undefined) => ReactNode }): ReactNode {
  const id = useId();
  const own = faults.filter((fault) => fault.field === field);
  const faultId = own.length ? `${id}-fault` : undefined;
  return (
    <div className="sg-field">
      <label htmlFor={id}>{label}</label>
      {children(id, faultId)}
      {faultId && (
        <p id={faultId} className="sg-fault">
          {own.map((fault) => fault.message).join(" ")}
        </p>
      )}
    </div>
  );
}

export function TextField(
  props: Common & {
    value: string;
    onChange: (value: string) => void;
    limit: number;
    options?: readonly string[];
  },
): ReactNode {
  const listId = useId();
  return (
    <Field {...props}>
      {(id, wrong) => (
        <>
          <input
            id={id}
            value={props.value}
            maxLength={props.limit}
            disabled={props.disabled}
            list={props.options?.length ? listId : undefined}
            aria-invalid={wrong !== undefined}
            aria-describedby={wrong}
            onChange={(event) => props.onChange(event.target.value)}
          />
          {props.options && (
            <datalist id={listId}>
              {props.options.map((option) => (
                <option key={option} value={option} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function LongTextField(
  props: Common & { value: string; onChange: (value: string) => void; limit: number },
): ReactNode {
  return (
    <Field {...props}>
      {(id, wrong) => (
        <textarea
          id={id}
          rows={6}
          value={props.value}
          maxLength={props.limit}
          disabled={props.disabled}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function NumberField(
  props: Common & { value: number; onChange: (value: number) => void; limit: number },
): ReactNode {
  return (
    <Field {...props}>
      {(id, wrong) => (
        <input
          id={id}
          type="number"
          min={1}
          max={props.limit}
          step={1}
          defaultValue={props.value}
          disabled={props.disabled}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong}
          onChange={(event) => {
            const value = event.target.valueAsNumber;
            if (Number.isInteger(value) && value >= 1 && value <= props.limit) props.onChange(value);
          }}
        />
      )}
    </Field>
  );
}

export function ChoiceField(
  props: Common & {
    value: string;
    onChange: (value: string) => void;
    choices: readonly (readonly [value: string, words: string])[];
  },
): ReactNode {
  return (
    <Field {...props}>
      {(id, wrong) => (
        <select
          id={id}
          value={props.value}
          disabled={props.disabled}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong}
          onChange={(event) => props.onChange(event.target.value)}
        >
          {props.choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function FlagField(props: {
  label: string;
  value: boolean;
  disabled: boolean;
  onChange: (value: boolean) => void;
}): ReactNode {
  return (
    <label className="sg-flag">
      <input
        type="checkbox"
        checked={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {props.label}
    </label>
  );
}
