# What every page shares.

skip-to-content = Ir al contenido
foot-help = Ayuda
foot-privacy = Política de privacidad
foot-terms = Condiciones del servicio
foot-language = Idioma:
language-title = Idioma
language-hint = Las páginas de este navegador aparecen en el idioma que usted elija.
