// The inspector's inputs: a label, the control, and the faults of its field.

import { type ReactNode, useId, useState } from "react";
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
            data-field={props.field}
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
        <>
          <textarea
            id={id}
            data-field={props.field}
            rows={6}
            value={props.value}
            maxLength={props.limit}
            disabled={props.disabled}
            aria-invalid={wrong !== undefined}
            aria-describedby={wrong}
            onChange={(event) => props.onChange(event.target.value)}
          />
          <small className="sg-count">
            {props.value.length} of {props.limit}
          </small>
        </>
      )}
    </Field>
  );
}

export function NumberField(
  props: Common & {
    value: number;
    onChange: (value: number) => void;
    limit: number;
    presets?: readonly number[];
  },
): ReactNode {
  const [typed, setTyped] = useState(String(props.value));
  // What is being typed may be no number yet; a value that came from elsewhere replaces it.
  const [known, setKnown] = useState(props.value);
  if (known !== props.value) {
    setKnown(props.value);
    setTyped(String(props.value));
  }
  const take = (text: string) => {
    setTyped(text);
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > props.limit) return;
    setKnown(value);
    props.onChange(value);
  };
  return (
    <Field {...props}>
      {(id, wrong) => (
        <>
          <input
            id={id}
            data-field={props.field}
            type="number"
            min={1}
            max={props.limit}
            step={1}
            value={typed}
            disabled={props.disabled}
            aria-invalid={wrong !== undefined || typed !== String(props.value)}
            aria-describedby={wrong}
            onChange={(event) => take(event.target.value)}
          />
          {props.presets && !props.disabled && (
            <div className="sg-steps">
              {props.presets.map((preset) => (
                <button
                  type="button"
                  key={preset}
                  aria-pressed={preset === props.value}
                  onClick={() => take(String(preset))}
                >
                  {preset}
                </button>
              ))}
            </div>
          )}
        </>
      )}
    </Field>
  );
}

export function SegmentField(
  props: Common & {
    value: string;
    onChange: (value: string) => void;
    choices: readonly (readonly [value: string, words: string, note: string])[];
  },
): ReactNode {
  const name = useId();
  const own = props.faults.filter((fault) => fault.field === props.field);
  const note = props.choices.find(([value]) => value === props.value)?.[2];
  return (
    <fieldset className="sg-field" disabled={props.disabled}>
      <legend>{props.label}</legend>
      <div className="sg-segments">
        {props.choices.map(([value, words]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              data-field={value === props.value ? props.field : undefined}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
      {note && <small>{note}</small>}
      {own.length > 0 && <p className="sg-fault">{own.map((fault) => fault.message).join(" ")}</p>}
    </fieldset>
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
          data-field={props.field}
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
  kind?: "switch";
  value: boolean;
  disabled: boolean;
  onChange: (value: boolean) => void;
}): ReactNode {
  return (
    <label className="sg-flag" data-kind={props.kind}>
      <input
        type="checkbox"
        role={props.kind}
        checked={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.target.checked)}
      />
      {props.label}
    </label>
  );
}
