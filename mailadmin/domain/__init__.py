"""What we talk about: frozen values, enums, validation rules, outcomes, errors and ports. Imports nothing of ours."""
