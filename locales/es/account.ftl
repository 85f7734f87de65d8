# The pages of one's own account.

account-title-error = Error: { $title }
account-not-done = No ha funcionado.
account-nav-label = Su cuenta
account-nav-signed-in-as = Sesión iniciada como
account-nav-sign-out = Cerrar sesión
account-overview-title = Resumen
account-profile-title = Perfil
account-email-title = Correo
account-password-title = Contraseña
account-factors-title = Llaves de acceso y códigos
account-sessions-title = Dispositivos
account-applications-title = Aplicaciones
account-providers-title = Otras cuentas
account-activity-title = Actividad
account-data-title = Sus datos
