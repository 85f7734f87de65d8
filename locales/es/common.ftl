# What every page shares.

skip-to-content = Ir al contenido
